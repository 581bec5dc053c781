/** Requests to names below `localhost`, which not every resolver knows: they go to this machine, with the name as their host. */
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

export interface HereOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HereAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export async function fetchHere(url: string | URL, options: HereOptions = {}): Promise<HereAnswer> {
  const { method = 'GET', headers = {}, body = '' } = options;
  const { port, pathname, search, host } = new URL(url);
  const sent = request({
    host: '127.0.0.1',
    port,
    path: `${pathname}${search}`,
    method,
    agent: false,
    headers: { ...headers, host, 'content-length': Buffer.byteLength(body) },
  });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of answer as AsyncIterable<Buffer>) pieces.push(piece);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) };
}
