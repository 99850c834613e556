/** What stacks put out, by stack and then by name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** An output by its name, of whichever stack; `undefined` where no stack has it. */
export function outputNamed(outputs: Outputs, name: string): string | undefined {
  return Object.values(outputs).find((stack) => Object.hasOwn(stack, name))?.[name];
}

/** An output that is a list, its items separated by commas; empty where no stack has it. */
export function outputList(outputs: Outputs, name: string): string[] {
  return (outputNamed(outputs, name) ?? '').split(',').filter((item) => item !== '');
}

/** Addresses at AWS as the templates write them → addresses on this machine. */
export type Addresses = ReadonlyMap<string, string>;

/** The outputs with the addresses of this machine in them, for whoever talks to the runtime from outside. */
export function localOutputs(outputs: Outputs, addresses: Addresses): Record<string, Record<string, string>> {
  const local = (value: string) => {
    const [from, to] = [...addresses].find(([address]) => value.startsWith(address)) ?? ['', ''];
    return to + value.slice(from.length);
  };
  return Object.fromEntries(
    Object.entries(outputs).map(([stack, values]) => [
      stack,
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, local(value)])),
    ]),
  );
}
