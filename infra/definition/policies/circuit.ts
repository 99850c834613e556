import { politeConsumer } from '../defaults.ts';
import { type Field, isRecord } from '../field.ts';
import { nameSyntax } from '../names.ts';

const { name: _, ...defaults } = { ...politeConsumer.circuit };

/** Checks when a circuit opens, and for how long. */
export function checkCircuit(circuit: Field): void {
  const keys = ['name', ...Object.keys(defaults)];
  if (!circuit.object('an object, empty if the defaults will do', keys)) return;
  const [name, failureRate] = [circuit.at('name'), circuit.at('failureRate')];
  if (name.given) name.text(nameSyntax.expected, nameSyntax.pattern);
  if (failureRate.given) failureRate.number(0.01, 1);
  const whole = (key: keyof typeof defaults, most: number) =>
    circuit.at(key).given ? circuit.at(key).integer(1, most) : defaults[key];
  whole('minimumCalls', 100_000);
  whole('windowSeconds', 3_600);
  whole('consecutiveFailures', 100_000);
  const openSeconds = whole('openSeconds', 3_600);
  const maxOpenSeconds = whole('maxOpenSeconds', 3_600);
  if (openSeconds === undefined || maxOpenSeconds === undefined || openSeconds <= maxOpenSeconds) return;
  const byDefault = circuit.at('maxOpenSeconds').given ? '' : ' by default';
  circuit.at('openSeconds').refuse(`at most maxOpenSeconds (${maxOpenSeconds}${byDefault})`, openSeconds);
}

/** Checks that those who share a circuit agree on it: whoever of them comes first would decide for all. */
export function checkSharedCircuits(consumers: readonly (readonly [name: string, consumer: Field])[]): void {
  const first = new Map<unknown, Field>();
  for (const [consumer, field] of consumers) {
    const circuit = field.at('circuit');
    if (!isRecord(circuit.value)) continue;
    const name = circuit.at('name').value ?? consumer;
    const other = first.get(name);
    if (other) checkAgreement(circuit, other, String(name));
    else first.set(name, circuit);
  }
}

function checkAgreement(circuit: Field, other: Field, name: string): void {
  for (const [key, byDefault] of Object.entries(defaults)) {
    const [mine, theirs] = [circuit.at(key), other.at(key)].map(({ value }) => value ?? byDefault);
    if (typeof mine !== 'number' || typeof theirs !== 'number' || mine === theirs) continue;
    const got = `${mine}${circuit.at(key).given ? '' : ' by default'}`;
    circuit.at(key).refuse(`${theirs}, as ${other.path} says of the circuit \`${name}\` that both share`, got);
  }
}
