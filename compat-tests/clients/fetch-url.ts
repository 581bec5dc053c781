/** Fetches a link over http or over TLS with one trusted certificate, as a browser or curl would: no credentials. */
import { request } from 'node:http';
import { request as requestTls } from 'node:https';

export function fetchUrl(url: string, ca: string | undefined): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const call = url.startsWith('https:')
      ? requestTls(url, { ca, agent: false })
      : request(url, { agent: false });
    call.once('error', reject);
    call.once('response', (reply) => {
      const pieces: Buffer[] = [];
      reply.on('data', (piece: Buffer) => pieces.push(piece));
      reply.once('error', reject);
      reply.once('end', () => resolve({ status: reply.statusCode ?? 0, body: Buffer.concat(pieces) }));
    });
    call.end();
  });
}
