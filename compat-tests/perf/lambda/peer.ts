/** The same handler in a plain HTTP server of Node's, in a process of its own: what is left of a call without a gateway. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { RawConnection } from '../../lib/raw-http.ts';
import { cleanEnvironment } from '../../lib/target.ts';
import { type Load, timeCalls } from './load.ts';

const host = '127.0.0.1';

const source = `
import { createServer } from 'node:http';
const handler = async (event) => event;
const server = createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', async () => {
    const body = JSON.stringify(await handler(JSON.parse(Buffer.concat(pieces).toString())));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, '${host}', () => console.log(server.address().port));
process.stdin.resume().once('end', () => process.exit());
`;

type Timed = Awaited<ReturnType<typeof timeCalls>>;

export interface Peer extends AsyncDisposable {
  measure(payload: Buffer, load: Load): Promise<Timed & Readonly<Record<string, number>>>;
}

export async function startPeer(): Promise<Peer> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: cleanEnvironment({}),
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  return {
    async measure(payload, load) {
      const connections: RawConnection[] = [];
      for (let i = 0; i < load.inFlight; i += 1) connections.push(await RawConnection.open({ host, port }));
      const headers = { host: `${host}:${port}`, 'content-length': String(payload.length) };
      const timed = await timeCalls(load, () => {
        const connection = connections.pop()!;
        return {
          call: async () => {
            const { status, body } = await connection.request('POST', '/', headers, payload);
            if (status !== 200 || body.length !== payload.length)
              throw new Error('the peer answers something else');
          },
          close: () => connection.close(),
        };
      });
      return { ...timed };
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
