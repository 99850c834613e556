import { buildSync, transformSync } from 'esbuild';
import { isRecord } from './field.ts';

const duplicateKey = 'duplicate-object-key';
const mark = '__defined_again__';

/**
 * Keys that a pipeline's source text gives twice in one object. JavaScript keeps the last of them and says nothing, so
 * that half of a definition could vanish; only the text still shows it.
 *
 * @param file path of the text, for messages
 * @param directory absolute path of the folder that its imports start from
 */
export async function duplicatesIn(source: string, file: string, directory: string): Promise<readonly string[]> {
  const { warnings } = transformSync(source, { loader: 'ts', sourcefile: file, logLevel: 'silent' });
  const sentences: string[] = [];
  for (const { id, location } of warnings) {
    if (id !== duplicateKey || !location) continue;
    const lines = source.split('\n');
    const line = Buffer.from(lines[location.line - 1] ?? '');
    const key = line.subarray(location.column, location.column + location.length).toString();
    const renamed = [
      line.subarray(0, location.column),
      JSON.stringify(mark),
      line.subarray(location.column + location.length),
    ];
    const marked = lines.with(location.line - 1, Buffer.concat(renamed.map((part) => Buffer.from(part))).toString());
    const parent = await placeOfMark(marked.join('\n'), directory);
    const name = key.replaceAll(/^['"]|['"]$/g, '');
    const where = `${file}:${location.line}`;
    sentences.push(
      parent
        ? `${parent}.${name} is defined twice, the second time at ${where}`
        : `\`${name}\` is defined twice in one object, the second time at ${where}`,
    );
  }
  return sentences;
}

/** Runs the text in which the second of two keys has another name, and looks where that name turns up. */
async function placeOfMark(source: string, directory: string): Promise<string | undefined> {
  try {
    const { outputFiles } = buildSync({
      stdin: { contents: source, resolveDir: directory, loader: 'ts' },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      logLevel: 'silent',
    });
    const module = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`);
    return findMark(module.pipeline, 'pipeline');
  } catch {
    // Where it stands is a courtesy; that it is there is known already.
    return undefined;
  }
}

function findMark(value: unknown, path: string): string | undefined {
  if (Array.isArray(value)) {
    return value.map((item, i) => findMark(item, `${path}[${i}]`)).find((found) => found !== undefined);
  }
  if (!isRecord(value)) return undefined;
  if (Object.hasOwn(value, mark)) return path;
  return Object.keys(value)
    .map((key) => findMark(value[key], `${path}.${key}`))
    .find((found) => found !== undefined);
}
