// The live page: asks for the overview each second while somebody looks, and shows it.

import { actions } from './actions.js';
import { eventDialog } from './dialog.js';
import { byId, inputById, scrollableByKeyboard, selectById, write } from './dom.js';
import { alarmTables, lettersTable, sections } from './sections.js';
import { watched } from './server.js';
import { span } from './words.js';

/** @typedef {import('./sections.js').Overview} Overview */

const everyMs = 1_000;

const pause = byId('pause');
const details = /** @type {HTMLDetailsElement} */ (byId('all-alarms'));
const lettersOf = selectById('letters-of');
/** Until somebody chooses, the queue that has dead letters is shown. */
let isChosen = false;

/** @type {Overview | undefined} */
let overview;
/** @type {ReadonlySet<string>} */
let alarmingBefore = new Set();
let isPaused = false;
let isLost = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {Promise<void> | undefined} */
let asking;

/** Says something once, also to who cannot see. @param {string} text @param {boolean} [isBad] */
function tell(text, isBad = false) {
  const news = byId('news');
  news.classList.toggle('bad', isBad);
  // The same words twice are news as well.
  news.textContent = '';
  news.textContent = text;
}

const askOverview = watched();
const askLetters = watched();
const askAlarms = watched();
const dialog = eventDialog(tell);
const does = {
  open: (/** @type {string} */ id) => void dialog.open(id),
  redrive: (/** @type {string} */ queue) => void forms.redrive(queue),
  switchOff: (/** @type {number} */ id) => void forms.switchOff(id),
  showLetters(/** @type {string} */ queue) {
    isChosen = true;
    lettersOf.value = queue;
    byId('dead-letters').scrollIntoView();
    lettersOf.focus({ preventScroll: true });
    void refresh();
  },
};
const forms = actions(tell, () => void refresh());
const glance = sections(does);
const showLetters = lettersTable(does);
const showAlarms = alarmTables();

/** @param {Overview} now */
function noteAlarms({ alarms: { alarming } }) {
  const names = new Set(alarming.map(({ name }) => name));
  const fired = [...names].filter((name) => !alarmingBefore.has(name));
  const cleared = [...alarmingBefore].filter((name) => !names.has(name));
  alarmingBefore = names;
  if (fired.length > 0) tell(`In alarm now: ${fired.join(', ')}.`, true);
  else if (cleared.length > 0) tell(`Fine again: ${cleared.join(', ')}.`);
}

/** Lists that are not part of the overview, where they are to be seen. */
async function askMore() {
  const dead = overview?.queues.find((each) => each.dead > 0);
  if (!isChosen && dead) lettersOf.value = dead.name;
  const queue = lettersOf.value;
  const letters = queue ? await askLetters(`dead-letters?consumer=${encodeURIComponent(queue)}`) : undefined;
  if (letters) showLetters(/** @type {import('./sections.js').DeadLetter[]} */ (letters));
  const alarms = details.open ? await askAlarms('alarms') : undefined;
  if (alarms) showAlarms(/** @type {Parameters<typeof showAlarms>[0]} */ (alarms));
  await dialog.refresh();
}

async function ask() {
  try {
    const news = /** @type {Overview | undefined} */ (await askOverview('overview'));
    if (news) {
      overview = news;
      noteAlarms(news);
      forms.sources(news.sources);
    }
    // Ages grow while nothing else changes.
    if (overview) glance.show(overview);
    await askMore();
    if (isLost) tell('The runtime answers again.');
    isLost = false;
  } catch (error) {
    if (!isLost) tell(`The runtime does not answer: ${error instanceof Error ? error.message : String(error)}`, true);
    isLost = true;
  }
  sayHowItIs();
}

function sayHowItIs() {
  const up = overview ? `, up ${span(Date.now() - overview.startedAt)}` : '';
  const how = isLost ? 'not answering' : isPaused ? 'paused' : `live${up}`;
  write(byId('connection'), how);
}

/** Asks now, and from then on each second, unless it is paused or nobody looks. */
async function refresh() {
  clearTimeout(timer);
  asking ??= ask().finally(() => {
    asking = undefined;
  });
  await asking;
  clearTimeout(timer);
  if (!isPaused && !document.hidden) timer = setTimeout(refresh, everyMs);
}

pause.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.setAttribute('aria-pressed', String(isPaused));
  clearTimeout(timer);
  if (isPaused) sayHowItIs();
  else void refresh();
});
document.addEventListener('visibilitychange', () => {
  clearTimeout(timer);
  if (!document.hidden && !isPaused) void refresh();
});
details.addEventListener('toggle', () => void refresh());
lettersOf.addEventListener('change', () => {
  isChosen = true;
  void refresh();
});
byId('redrive-shown').addEventListener('click', () => does.redrive(lettersOf.value));
byId('find').addEventListener('submit', (event) => {
  event.preventDefault();
  does.open(inputById('find-id').value.trim());
});

scrollableByKeyboard(document.querySelectorAll('.scroll'));
void refresh();
