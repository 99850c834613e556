import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { tinyAssembly } from '../support/tiny-assembly.ts';

const root = join(import.meta.dirname, '../..');
const started: { kill(signal: NodeJS.Signals): void }[] = [];
afterEach(() => {
  for (const process of started.splice(0)) process.kill('SIGKILL');
});

/** Runs the command line with these arguments, on ports that are free. */
function start(...args: string[]) {
  const child = spawn(process.execPath, ['infra/local/start.ts', '--port', '0', '--aws-port', '0', ...args], {
    cwd: root,
  });
  started.push(child);
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const exit = new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const ready = () => eventually('readiness', () => /^ready (.+)$/m.exec(said.out)?.[1], 30_000);
  return { said, exit, ready, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}

const file = (name: string, content: string) => {
  const path = join(mkdtempSync(join(tmpdir(), 'start-')), name);
  writeFileSync(path, content);
  return path;
};

describe('npm start', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'says when it is ready, serves, and stops cleanly on %s',
    async (signal) => {
      const { said, exit, ready, kill } = start('--assembly', tinyAssembly());
      const url = await ready();
      expect((await fetch(`${url}/webhooks/hook`, { method: 'POST', body: 'hello' })).status).toBe(202);
      expect(await (await fetch(`${url}/_local/state`)).json()).toMatchObject({ consumers: [{ name: 'work' }] });
      await eventually(
        'a line of the function',
        () => said.out.includes('worker | worked on hello') || undefined,
        10_000,
      );
      kill(signal);
      expect(await exit).toBe(0);
      expect(said.err).toBe('');
    },
  );

  test('prints each source with a secret that it made up, and the same one at the next start', async () => {
    const secretOf = async (data: string) => {
      const { said, exit, ready, kill } = start('--assembly', tinyAssembly(), '--data', data);
      const url = await ready();
      expect(said.out).toContain(`source hook: POST ${url}/webhooks/hook\n`);
      const [, secret] = /^ {2}development secret: (.+)$/m.exec(said.out) ?? [];
      const served = await fetch(`${url}/webhooks/hook`, { method: 'POST', body: 'secret' });
      expect(await served.json()).toMatchObject({ SecretString: secret });
      kill('SIGTERM');
      await exit;
      return secret;
    };
    const data = mkdtempSync(join(tmpdir(), 'data-'));
    const first = await secretOf(data);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await secretOf(data)).toBe(first);
  });

  test('never prints secrets that it was given', async () => {
    const { said, ready } = start(
      '--assembly',
      tinyAssembly(),
      '--secrets',
      file('secrets.json', '{"hook":["hunter2"]}'),
    );
    await ready();
    expect(said.out).not.toContain('hunter2');
  });

  test('stops cleanly while it still starts', async () => {
    const worker = "console.log('loading'); await new Promise((resolve) => setTimeout(resolve, 1_000));";
    const { said, exit, kill } = start('--assembly', tinyAssembly({ bundles: { worker } }));
    await eventually('a line of the function', () => said.out.includes('worker | loading') || undefined, 10_000);
    kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(said.out).not.toContain('ready');
    expect(said.err).toBe('');
  });
});

describe('npm start says what is wrong on one line and ends with 1', () => {
  const failing = async (...args: string[]) => {
    const { said, exit } = start(...args);
    expect(await exit).toBe(1);
    expect(said.out).not.toContain('ready');
    expect(said.err).toMatch(/^[^\n]+\n$/);
    return said.err.trimEnd();
  };

  test('an unknown flag', async () => {
    expect(await failing('--prot', '1')).toBe("Unknown option '--prot'; `npm start -- --help` lists the options");
  });

  test('a port in use', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
    });
    expect(await failing('--assembly', tinyAssembly(), '--port', String(port))).toContain(`port ${port} is in use`);
    taken.close();
  });

  test('a secrets file that is broken', async () => {
    const path = file('secrets.json', '{"hook": 5}');
    expect(await failing('--secrets', path)).toBe(`${path}: hook must be a text, a list of texts or an object, got 5`);
  });

  test('a secrets file that is not there', async () => {
    expect(await failing('--secrets', '/nowhere.json')).toMatch(/^\/nowhere\.json cannot be read: ENOENT/);
  });

  test('a secret of no source', async () => {
    const path = file('secrets.json', '{"hok": "x"}');
    expect(await failing('--assembly', tinyAssembly(), '--secrets', path)).toBe(
      'secrets: hok must be one of the sources hook',
    );
  });

  test('an assembly that is not there', async () => {
    expect(await failing('--assembly', '/nowhere')).toBe(
      '/nowhere/manifest.json must be there; `npm run synth` writes it',
    );
  });

  test('a resource that the runtime does not know', async () => {
    const assembly = tinyAssembly({ resources: { Foo: { Type: 'AWS::X::Y' } } });
    expect(await failing('--assembly', assembly)).toBe(
      'stack tiny-code: resource Foo has type AWS::X::Y, which the embedded runtime does not know',
    );
  });

  test('a function whose module throws', async () => {
    const worker = "throw new Error('no database');";
    const line = await failing('--assembly', tinyAssembly({ bundles: { worker } }));
    expect(line).toContain('tiny-worker');
    expect(line).toContain('no database');
  });

  test('a definition that is broken', async () => {
    const consumers = "{ b: { from: { source: 'a' }, handler: 'functions/handlers/notifier.ts' } }";
    const definition = `export const pipeline = { sources: { a: { provider: 'gitbuh' } }, consumers: ${consumers} };`;
    expect(await failing('--pipeline', file('pipeline.ts', definition))).toContain('pipeline.sources.a.provider');
  });
});
