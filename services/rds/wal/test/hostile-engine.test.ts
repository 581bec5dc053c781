/** The receiver and the frame reader against a server that lies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type StoreWorld } from '../../test/support/store.ts';
import { openLog } from '../../test/support/wal.ts';
import { FrameReader, ProtocolError } from '../frame-reader.ts';
import { protocolLimits } from '../limits.ts';
import { dataHead, dataRow, keepalive, message, readStatus, types } from '../replication-messages.ts';
import { ScramClient } from '../scram-client.ts';
import type { WalLog } from '../wal-log.ts';
import { WalReceiver } from '../wal-receiver.ts';

const start = 0x1000000;
const bytes = Buffer.from('write-ahead log');
const none = Buffer.alloc(0);

let folder: string;
let world: StoreWorld;
let log: WalLog;
let server: Server;
let receiver: WalReceiver | undefined;
const sockets = new Set<Socket>();

/** Errors that ended connections, and positions that were confirmed. */
let errors: string[];
let confirmed: number[];

const authenticationOk = message(types.authentication, Buffer.alloc(4));
const ready = message(types.ready, Buffer.from('I'));
const copyBoth = message(types.copyBoth, Buffer.alloc(3));
const data = (at: number, content = bytes) => Buffer.concat([dataHead(at, at, 0, content.length), content]);

/** A server that logs in and answers as an engine does, until the stream begins. */
function serve(
  stream: (socket: Socket, connection: number) => void,
  systemRow = dataRow(['7', '1', '0/1000000']),
): void {
  let connections = 0;
  server = createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket);
    socket.on('error', () => undefined);
    const frames = new FrameReader(
      (type, body) => {
        const text = body.toString('latin1');
        if (type === 0) {
          frames.startupIsOver();
          socket.write(Buffer.concat([authenticationOk, ready]));
        } else if (type === types.copyData) confirmed.push(readStatus(body).flushed);
        else if (text.startsWith('IDENTIFY')) socket.write(Buffer.concat([systemRow, ready]));
        else if (text.startsWith('CREATE')) socket.write(ready);
        else if (text.startsWith('START')) {
          socket.write(copyBoth);
          stream(socket, connection);
        }
      },
      { isServer: true },
    );
    socket.on('data', (chunk) => frames.push(chunk));
  });
  server.listen(join(folder, '.s.PGSQL.5432'));
}

function receive(): WalReceiver {
  receiver = new WalReceiver(
    { log, socketDir: folder, port: 5432, user: 'u', password: 'p', slot: 's', applicationName: 'hypergate' },
    {
      clock: Date,
      delay: async (_, signal) => void (await delay(2, undefined, { signal })),
      onAttached: (attached, error) => void (attached || errors.push(error!.message)),
    },
  );
  return receiver;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(2);
}

beforeEach(async () => {
  errors = [];
  confirmed = [];
  folder = mkdtempSync(join(tmpdir(), 'hg-wal-'));
  world = await openStore();
  log = await openLog(world.store);
});

afterEach(async () => {
  await receiver?.stop();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise((resolve) => server.close(resolve));
  await log.close();
  await world.close();
  rmSync(folder, { recursive: true });
});

describe('a message that is none ends the connection, and the next one goes on', () => {
  it.each([
    ['too long', Buffer.from([types.copyData, 0x7f, 0, 0, 0])],
    ['shorter than its length', Buffer.from([types.copyData, 0, 0, 0, 3])],
    ['XLogData without its head', message(types.copyData, Buffer.from('w1234'))],
    ['a position beyond what counts', data(start).fill(0xff, 6, 14)],
    ['a keepalive that is cut short', message(types.copyData, Buffer.from('k1'))],
    ['of an unknown kind', message(types.copyData, Buffer.from('?'))],
    ['an empty one', message(types.copyData, none)],
    ['out of place', ready],
    ['bytes that leave a gap', data(start + 1)],
    ['bytes of before', data(start - 4)],
  ])('%s', async (_, hostile) => {
    serve((socket, connection) => socket.write(connection === 1 ? hostile : data(start)));
    receive();
    await until(() => log.certified === start + bytes.length);
    expect(errors).toHaveLength(1);
    expect(log.stats.bytes).toBe(bytes.length);
  });
});

it('a server that never says its name is left', async () => {
  serve(() => undefined, dataRow([undefined, 'x', '0/0']));
  receive();
  await until(() => errors.length > 1);
  expect(log.timeline).toBe(0);
});

it('a row whose lengths lie is refused', async () => {
  serve(() => undefined, message(types.dataRow, Buffer.from([0, 3, 0x7f, 0xff, 0xff, 0xff])));
  receive();
  await until(() => errors.length > 1);
  expect(errors[0]).toContain('cut short');
});

it('nothing is confirmed beyond what is certified, also when the server asks', async () => {
  serve((socket) => {
    for (const byte of Buffer.concat([data(start), keepalive(start + 1_000_000, 0, true)]))
      socket.write(Buffer.of(byte));
  });
  receive();
  await until(() => confirmed.includes(start + bytes.length));
  expect(Math.max(...confirmed)).toBe(start + bytes.length);
});

describe('the frame reader', () => {
  it('gives the same messages however the stream is cut', () => {
    serve(() => undefined);
    const stream = Buffer.concat([
      data(start),
      ready,
      message(types.copyData, none),
      keepalive(start, 0, false),
    ]);
    const read = (size: number) => {
      const seen: string[] = [];
      const frames = new FrameReader((type, body) => seen.push(`${type} ${body.toString('hex')}`));
      for (let at = 0; at < stream.length; at += size) frames.push(stream.subarray(at, at + size));
      return seen;
    };
    const whole = read(stream.length);
    expect(whole).toHaveLength(4);
    for (let size = 1; size < 60; size++) expect(read(size)).toEqual(whole);
  });

  it('refuses a length before it keeps anything for it', () => {
    serve(() => undefined);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(protocolLimits.messageBytesMax + 5, 1);
    expect(() => new FrameReader(() => undefined).push(head)).toThrow(ProtocolError);
  });
});

describe('SCRAM', () => {
  const first = new ScramClient('pencil');
  const nonce = /r=(.*)$/.exec(first.first())![1]!;

  it.each([
    ['another nonce', 'r=other,s=QUJD,i=4096'],
    ['no addition to the nonce', `r=${nonce},s=QUJD,i=4096`],
    ['work without end', `r=${nonce}x,s=QUJD,i=999999999`],
    ['no salt', `r=${nonce}x,i=4096`],
  ])('refuses a challenge with %s', (_, challenge) => {
    serve(() => undefined);
    expect(() => first.final(challenge)).toThrow(ProtocolError);
  });

  it('refuses a server that does not know the password', () => {
    serve(() => undefined);
    first.final(`r=${nonce}x,s=QUJD,i=4096`);
    expect(() => first.check(`v=${Buffer.alloc(32).toString('base64')}`)).toThrow(ProtocolError);
    expect(() => first.check('')).toThrow(ProtocolError);
  });
});
