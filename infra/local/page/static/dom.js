// Elements, made and brought up to date. Text only ever gets in as text.

/** @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page must have an element #${id}`);
  return element;
}

/** @param {string} id */
export const selectById = (id) => /** @type {HTMLSelectElement} */ (byId(id));

/** @param {string} id */
export const inputById = (id) => /** @type {HTMLInputElement} */ (byId(id));

/**
 * @param {string} tag
 * @param {{ text?: string, class?: string, title?: string }} [options]
 * @param {readonly Node[]} [children]
 */
export function element(tag, { text, class: className, title } = {}, children = []) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (title) made.title = title;
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** @param {string} text @param {string} tone `good`, `warn`, `bad` or nothing */
export const badge = (text, tone) => element('span', { text, class: `badge ${tone}`.trim() });

/** @param {string} text @param {string} label what it does, where the text alone does not say @param {() => void} act */
export function button(text, label, act, className = '') {
  const made = /** @type {HTMLButtonElement} */ (element('button', { text, class: className }));
  made.type = 'button';
  if (label !== text) made.setAttribute('aria-label', label);
  made.addEventListener('click', act);
  return made;
}

/**
 * A cell of each row: its text, or what is in it.
 *
 * @template Item
 * @typedef {object} Column
 * @property {(item: Item) => string | readonly Node[]} show nodes are made anew only where `mark` has changed
 * @property {(item: Item) => string} [mark] stands for what nodes show
 * @property {string} [class]
 */

/**
 * Keeps the rows of a table as the items are. A row stays the element that it is for as long as its item is there, so
 * that focus and selection survive; the first cell is its heading.
 *
 * @template Item
 * @param {HTMLElement} body
 * @param {{ key: (item: Item) => string, columns: readonly Column<Item>[], empty: string }} options
 * @returns {(items: readonly Item[]) => void}
 */
export function rowsIn(body, { key, columns, empty }) {
  /** @type {Map<string, { row: HTMLElement, marks: string[] }>} */
  let rows = new Map();
  const nothing = element('tr', {}, [element('td', { text: empty, class: 'nothing' })]);
  nothing.firstElementChild?.setAttribute('colspan', String(columns.length));

  return (items) => {
    /** @type {typeof rows} */
    const kept = new Map();
    for (const item of items) {
      const id = key(item);
      if (kept.has(id)) continue;
      const known = rows.get(id) ?? newRow(columns);
      columns.forEach((column, place) => {
        const shown = column.mark ? undefined : column.show(item);
        const mark = column.mark ? column.mark(item) : String(shown);
        const cell = known.row.children[place];
        if (!cell || known.marks[place] === mark) return;
        known.marks[place] = mark;
        const content = shown ?? column.show(item);
        if (typeof content === 'string') cell.textContent = content;
        else cell.replaceChildren(...content);
      });
      kept.set(id, known);
    }
    for (const [id, { row }] of rows) if (!kept.has(id)) row.remove();
    rows = kept;
    place(
      body,
      [...kept.values()].map(({ row }) => row),
    );
    if (kept.size > 0) nothing.remove();
    else if (!nothing.isConnected) body.replaceChildren(nothing);
  };
}

/** @param {readonly { readonly class?: string }[]} columns */
function newRow(columns) {
  const cells = columns.map((column, place) => {
    const cell = element(place === 0 ? 'th' : 'td', column.class ? { class: column.class } : {});
    if (place === 0) cell.setAttribute('scope', 'row');
    return cell;
  });
  return { row: element('tr', {}, cells), marks: /** @type {string[]} */ ([]) };
}

/** Moves only what is not in its place: an element that is moved loses the focus. @param {HTMLElement} parent @param {readonly HTMLElement[]} wanted */
function place(parent, wanted) {
  let next = parent.firstElementChild;
  for (const row of wanted) {
    if (row === next) next = next.nextElementSibling;
    else parent.insertBefore(row, next);
  }
}

/**
 * Brings the choices of a select up to date, and keeps what was chosen.
 *
 * @param {HTMLSelectElement} select
 * @param {readonly string[]} values
 * @param {readonly string[]} [texts]
 */
export function choices(select, values, texts = values) {
  const now = [...select.options].map((option) => option.value);
  if (now.join('\n') === values.join('\n')) {
    texts.forEach((text, place) => {
      const option = select.options[place];
      if (option) write(option, text);
    });
    return;
  }
  const chosen = select.value;
  select.replaceChildren(...values.map((value, place) => new Option(texts[place] ?? value, value)));
  if (values.includes(chosen)) select.value = chosen;
}

/** Writes a text only where it is another one, so that nothing is read out twice. @param {HTMLElement} target @param {string} text */
export function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Lets a keyboard scroll what is wider than its box, and nothing that is not: a stop of the tab key without a use is a
 * nuisance.
 *
 * @param {Iterable<HTMLElement>} boxes each with one table, whose caption names it
 */
export function scrollableByKeyboard(boxes) {
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const box = target.closest('.scroll');
      if (!box) continue;
      const isWider = box.scrollWidth > box.clientWidth;
      box.toggleAttribute('tabindex', isWider);
      if (isWider) {
        box.setAttribute('tabindex', '0');
        box.setAttribute('role', 'group');
        box.setAttribute('aria-label', box.querySelector('caption')?.textContent ?? '');
      } else {
        box.removeAttribute('role');
        box.removeAttribute('aria-label');
      }
    }
  });
  for (const box of boxes) {
    observer.observe(box);
    const table = box.querySelector('table');
    if (table) observer.observe(table);
  }
}
