/** A site on loopback: an empty page, the verifier, what the checks run, and files. Its policy allows a page no other source. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle } from '@hypergate/verifier/bundle';
import { plainHost } from './browser.ts';

export interface Site {
  /** A secure origin, as every site over https. */
  readonly secure: string;
  /** As every site over http. */
  readonly plain: string;
  /** Paths in the order in which they were asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

interface Answer {
  readonly type: string;
  readonly body: string | Uint8Array;
}

const script = (name: string): Answer => ({
  type: 'text/javascript',
  body: readFileSync(new URL(name, import.meta.url), 'utf8'),
});

const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";

/** @param files by their path */
export async function openSite(bundle: Bundle, files: ReadonlyMap<string, Uint8Array>): Promise<Site> {
  const html = `<!doctype html><meta charset="utf-8"><title>Verifier</title><link rel="icon" href="data:,">
    <link rel="modulepreload" href="/verifier.js" integrity="${bundle.integrity}"><input type="file">`;
  const answers = new Map<string, Answer>([
    ['/', { type: 'text/html', body: html }],
    ['/verifier.js', { type: 'text/javascript', body: bundle.code }],
    ['/checks.mjs', script('site/checks.mjs')],
    ['/worker.mjs', script('site/worker.mjs')],
    ...[...files].map(
      ([path, body]) => [path, { type: 'application/octet-stream', body }] as [string, Answer],
    ),
  ]);
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const answer = answers.get(url);
    if (answer === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': answer.type, 'content-security-policy': policy });
    response.end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    secure: `http://127.0.0.1:${port}`,
    plain: `http://${plainHost}:${port}`,
    asked,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
