import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Timers } from '../../body/index.ts';
import { emptySha256 } from '../../sigv4/index.ts';
import { cert, key } from './certificate.ts';
import {
  account,
  bucketResource,
  type Fixture,
  head,
  openFixture,
  RawConnection,
  send,
  signHead,
  statuses,
} from './fixture.ts';

const opened: Fixture[] = [];
const start = async (...options: Parameters<typeof openFixture>) => {
  const fixture = await openFixture(...options);
  opened.push(fixture);
  return fixture;
};
afterEach(async () => {
  for (const fixture of opened.splice(0)) await fixture.close();
});
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise(setImmediate);
};

class ManualTimers implements Timers {
  readonly intervals = new Set<() => void>();
  readonly timeouts = new Set<() => void>();
  setInterval(callback: () => void): unknown {
    this.intervals.add(callback);
    return callback;
  }
  clearInterval(handle: unknown): void {
    this.intervals.delete(handle as () => void);
  }
  setTimeout(callback: () => void): unknown {
    this.timeouts.add(callback);
    return callback;
  }
  clearTimeout(handle: unknown): void {
    this.timeouts.delete(handle as () => void);
  }
  tick(): void {
    for (const callback of [...this.intervals]) callback();
  }
}

/** A row whose handler waits for `open()`. */
function gatedRow() {
  const waiting: (() => void)[] = [];
  return {
    entered: () => waiting.length,
    open: () => {
      for (const resolve of waiting.splice(0)) resolve();
    },
    row: {
      name: 'GetBucketTagging',
      action: 's3:GetBucketTagging',
      resources: bucketResource,
      handle: async () => {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return { output: { TagSet: [] } };
      },
    },
  };
}

function tagging(): string {
  const signed = signHead({ method: 'GET', path: '/bucket', query: 'tagging=', payloadHash: emptySha256 });
  return head('GET', '/bucket?tagging', signed.headers);
}

describe('draining', () => {
  test('finishes what is under way, closes what waits, accepts nothing new', async () => {
    const gate = gatedRow();
    const fixture = await start({ rows: [gate.row] });
    const busy = new RawConnection(fixture.tcpPort);
    busy.write(tagging());
    await until(() => gate.entered() === 1);
    const idle = new RawConnection(fixture.tcpPort);
    const live = `GET /_hypergate/health/live HTTP/1.1\r\nhost: h\r\n\r\n`;
    idle.write(live);
    await idle.until(() => statuses(idle.text).length === 1);
    const silent = new RawConnection(fixture.tcpPort);
    await new Promise((resolve) => silent.socket.once('connect', resolve));
    await new Promise(setImmediate);

    let drained = false;
    const draining = fixture.port.drain(new AbortController().signal).then(() => {
      drained = true;
    });
    await idle.untilClosed();
    await silent.untilClosed();
    await expect(
      new Promise((resolve, reject) => {
        connect({ host: '127.0.0.1', port: fixture.tcpPort }).on('connect', resolve).on('error', reject);
      }),
    ).rejects.toThrow('ECONNREFUSED');
    expect(drained).toBe(false);
    gate.open();
    await busy.untilClosed();
    expect(statuses(busy.text)).toEqual([200]);
    expect(busy.text.toLowerCase()).toContain('connection: close');
    await draining;
  });
  test('finishes what is under way over TLS', async () => {
    const gate = gatedRow();
    const fixture = await start({ rows: [gate.row], port: { tls: { key, cert, allowPlain: true } } });
    const signed = signHead({ method: 'GET', path: '/bucket', query: 'tagging=', payloadHash: emptySha256 });
    const busy = sendSecurely(fixture.tcpPort, cert, {
      method: 'GET',
      path: '/bucket?tagging',
      headers: signed.headers,
    });
    await until(() => gate.entered() === 1);
    const draining = fixture.port.drain(new AbortController().signal);
    await new Promise(setImmediate);
    gate.open();
    expect((await busy).status).toBe(200);
    await draining;
  });
  test('is cut short by its signal', async () => {
    const gate = gatedRow();
    const fixture = await start({ rows: [gate.row] });
    const busy = new RawConnection(fixture.tcpPort);
    busy.write(tagging());
    await until(() => gate.entered() === 1);
    const abort = new AbortController();
    const draining = fixture.port.drain(abort.signal);
    abort.abort();
    await draining;
    await busy.untilClosed();
    expect(busy.text).toBe('');
    gate.open();
  });
});

describe('standing transfers', () => {
  test('a sender that stops is answered RequestTimeout and cut', async () => {
    const timers = new ManualTimers();
    const fixture = await start({ modules: { timers } });
    const signed = signHead({ method: 'PUT', path: '/bucket/slow', payloadHash: emptySha256 });
    const connection = new RawConnection(fixture.tcpPort);
    connection.write(`${head('PUT', '/bucket/slow', { ...signed.headers, 'content-length': '10' })}hello`);
    await until(() => timers.intervals.size === 1);
    for (let i = 0; i < 6; i += 1) timers.tick();
    await connection.until(() => connection.text.includes('</Error>'));
    expect(connection.text).toContain('<Code>RequestTimeout</Code>');
    for (const callback of timers.timeouts) callback();
    await connection.untilClosed();
    expect(fixture.objects.size).toBe(0);
  });
  test('a receiver that takes nothing is cut, and its reply’s source is closed', async () => {
    const timers = new ManualTimers();
    let closed = false;
    const fixture = await start({
      modules: { timers },
      rows: [
        {
          name: 'GetBucketTagging',
          action: 's3:GetBucketTagging',
          resources: bucketResource,
          handle: async () => ({
            output: {},
            stream: {
              contentLength: 1_000_000_000,
              body: (async function* () {
                try {
                  for (;;) yield Buffer.alloc(1_000_000);
                } finally {
                  closed = true;
                }
              })(),
            },
          }),
        },
      ],
    });
    const connection = new RawConnection(fixture.tcpPort);
    connection.socket.pause();
    connection.write(tagging());
    await until(() => timers.intervals.size === 1);
    for (let i = 0; i < 6; i += 1) timers.tick();
    await until(() => closed);
    connection.socket.resume();
    await connection.untilClosed();
  });
});

describe('addresses and TLS', () => {
  test('127.0.0.1 and ::1 on one port number', async () => {
    const fixture = await start();
    const port = await fixture.port.listen({ host: '::1', port: fixture.tcpPort });
    expect(port).toBe(fixture.tcpPort);
    for (const host of ['127.0.0.1', '::1']) {
      const answer = await send(port, { method: 'GET', target: '/_hypergate/health/live', host });
      expect([host, answer.status]).toEqual([host, 200]);
    }
  });
  test('a busy port is an error of listen', async () => {
    const fixture = await start();
    await expect(fixture.port.listen({ host: '127.0.0.1', port: fixture.tcpPort })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
  test('http and https on the same port, with the same limits; or https only', async () => {
    for (const allowPlain of [true, false]) {
      const fixture = await start({ port: { tls: { key, cert, allowPlain } } });
      const secure = await sendSecurely(fixture.tcpPort, cert);
      expect(secure).toEqual({ status: 200, text: '{"live":true}' });
      const plain = send(fixture.tcpPort, { method: 'GET', target: '/_hypergate/health/live' });
      if (allowPlain) expect((await plain).status).toBe(200);
      else await expect(plain).rejects.toThrow();
      const body = Buffer.alloc(3_000_000, 'abc');
      const big = signHead({ method: 'PUT', path: '/bucket/big', payloadHash: 'UNSIGNED-PAYLOAD' });
      expect(
        await sendSecurely(fixture.tcpPort, cert, { path: '/bucket/big', headers: big.headers, body }),
      ).toMatchObject({
        status: 200,
      });
      expect(fixture.objects.get('bucket/big')?.equals(body)).toBe(true);
    }
  });
  test('a broken handshake hurts nobody else', async () => {
    const fixture = await start({ port: { tls: { key, cert, allowPlain: true } } });
    const bad = new RawConnection(fixture.tcpPort);
    bad.write('\x16\x03\x01\x00\x05hello');
    await bad.untilClosed();
    expect((await sendSecurely(fixture.tcpPort, cert)).status).toBe(200);
  });
});

describe('developer mode', () => {
  test('requests without credentials act as the given principal', async () => {
    const fixture = await start({
      port: {
        unsignedPrincipal: {
          kind: 'root',
          accountId: account.accountId,
          userId: account.userId,
          arn: `arn:aws:iam::${account.accountId}:root`,
          displayName: account.displayName,
          accessKeyId: '',
        },
      },
    });
    const stored = await send(fixture.tcpPort, { method: 'PUT', target: '/bucket/free', body: 'x' });
    expect(stored.status).toBe(200);
    expect((await send(fixture.tcpPort, { method: 'GET', target: '/bucket/free' })).text).toBe('x');
  });
});

function sendSecurely(
  port: number,
  ca: Buffer,
  put?: { path: string; headers: Record<string, string>; body?: Buffer; method?: string },
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        servername: 'localhost',
        ca,
        agent: false,
        method: put === undefined ? 'GET' : (put.method ?? 'PUT'),
        path: put?.path ?? '/_hypergate/health/live',
        headers: put?.headers ?? {},
      },
      (response) => {
        let text = '';
        response.on('data', (piece: Buffer) => {
          text += piece.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    request.on('error', reject);
    request.end(put?.body);
  });
}
