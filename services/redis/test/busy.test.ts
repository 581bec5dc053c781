/** A long script through the whole service: what other clients see of it, and connections that arrive meanwhile. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { selfSigned } from './support/certificate.ts';
import { openWorld, type World } from './support/service-harness.ts';

const endless = 'while true do end';
/** Longer than the threshold, and then over. */
const long = (ms: number) =>
  `local t = redis.call('time'); local from = t[1] * 1000 + t[2] / 1000
   repeat t = redis.call('time') until t[1] * 1000 + t[2] / 1000 - from > ${ms}
   return 'done'`;
const busyText = 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.';

let world: World;
const sockets: Wire[] = [];

beforeAll(async () => {
  world = await openWorld();
  await world.client().config('SET', 'busy-reply-threshold', '50');
});
afterAll(() => world.close());
afterEach(() => {
  for (const wire of sockets.splice(0)) wire.socket.destroy();
});

interface Wire {
  readonly socket: Socket;
  readonly text: () => string;
  /** Resolves when so much has come. */
  until(done: (text: string) => boolean): Promise<string>;
}

function wire(): Wire {
  const socket = connectTcp({ port: world.port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  const waiting = new Set<() => void>();
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    for (const wake of waiting) wake();
  });
  socket.on('close', () => {
    for (const wake of waiting) wake();
  });
  const made: Wire = {
    socket,
    text: () => text,
    async until(done) {
      while (!done(text) && !socket.destroyed) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
        waiting.delete(resolve);
      }
      return text;
    },
  };
  sockets.push(made);
  return made;
}

const lines = (count: number) => (text: string) => text.split('\r\n').length > count;

/** A connection that is there before a script begins; resolves, when called, once it is told that the engine is busy. */
async function busyProbe(): Promise<() => Promise<void>> {
  const probe = world.client();
  await probe.ping();
  return async () => {
    while ((await probe.ping().catch((error: Error) => error.message)) !== busyText);
    probe.disconnect();
  };
}

async function withScript(script: string, during: () => Promise<void>): Promise<unknown> {
  const runner = world.client();
  await runner.ping();
  const probe = world.client();
  await probe.ping();
  const result = runner.eval(script, 0).catch((error: Error) => error.message);
  while ((await probe.ping().catch((error: Error) => error.message)) !== busyText);
  await during();
  const ended = await result;
  runner.disconnect();
  probe.disconnect();
  return ended;
}

const kill = async () => {
  const killer = wire();
  killer.socket.write('SCRIPT KILL\r\n');
  expect(await killer.until(lines(1))).toBe('+OK\r\n');
};

describe('while a script runs for long', () => {
  test('a connection that was there may end it', async () => {
    const old = world.client();
    await old.ping();
    const ended = await withScript(endless, async () => {
      await expect(old.get('a')).rejects.toThrow(busyText);
      expect(await old.script('KILL')).toBe('OK');
    });
    expect(ended).toMatch(/Script killed by user/);
    expect(await old.ping()).toBe('PONG');
  });

  test('a new connection is told so, may end it, and is served as any other afterwards', async () => {
    const late = wire();
    const ended = await withScript(endless, async () => {
      const fresh = wire();
      fresh.socket.write('GET a\r\n');
      expect(await fresh.until(lines(1))).toBe(`-${busyText}\r\n`);
      fresh.socket.write('SCRIPT KILL\r\nSET relayed 1\r\n');
      await fresh.until(lines(3));
      expect(fresh.text().split('\r\n')[1]).toBe('+OK');
      fresh.socket.write('GET relayed\r\n');
      expect(await fresh.until(lines(4))).toMatch(/\+OK\r\n(?:-BUSY.*|\+OK)\r\n/);
      fresh.socket.end('QUIT\r\n');
      await once(fresh.socket, 'close');
    });
    expect(ended).toMatch(/Script killed by user/);
    late.socket.write('PING\r\n');
    expect(await late.until(lines(1))).toBe('+PONG\r\n');
  });

  test('what the same client sent behind it is answered afterwards, in order', async () => {
    const client = wire();
    const becomesBusy = await busyProbe();
    client.socket.write(`*3\r\n$4\r\nEVAL\r\n$${endless.length}\r\n${endless}\r\n$1\r\n0\r\nPING a\r\n`);
    await becomesBusy();
    client.socket.write('PING b\r\n');
    client.socket.end('PING c\r\n');
    await kill();
    expect(await client.until(lines(7))).toMatch(/^-ERR .*killed.*\r\n\$1\r\na\r\n\$1\r\nb\r\n\$1\r\nc\r\n$/);
    await once(client.socket, 'close');
  });

  test('one that has written cannot be killed, and goes on to its end', async () => {
    const ended = await withScript(`redis.call('set', 'written', '1') ${long(400)}`, async () => {
      const killer = wire();
      killer.socket.write('SCRIPT KILL\r\n');
      expect(await killer.until(lines(1))).toMatch(/^-UNKILLABLE /);
    });
    expect(ended).toBe('done');
    expect(await world.client().get('written')).toBe('1');
  });

  test('the gateway goes on with its own work', async () => {
    let turns = 0;
    const ended = await withScript(endless, async () => {
      for (; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
      await kill();
    });
    expect(turns).toBe(200);
    expect(ended).toMatch(/Script killed/);
  });

  test('one that arrives just as the script begins may end it', async () => {
    const runner = world.client();
    await runner.ping();
    for (let round = 0; round < 25; round++) {
      const ended = runner.eval(endless, 0).catch((error: Error) => error.message);
      const late = wire();
      for (let count = 1; !late.text().includes('+OK'); count++) {
        late.socket.write('SCRIPT KILL\r\n');
        await late.until(lines(count));
      }
      expect(await ended).toMatch(/Script killed by user/);
      late.socket.destroy();
    }
    runner.disconnect();
  });

  test('many connections come, half of them go again, and the others are served', async () => {
    const many: Wire[] = [];
    await withScript(endless, async () => {
      for (let i = 0; i < 120; i++) {
        const each = wire();
        each.socket.write(`PING ${i}\r\n`);
        many.push(each);
      }
      for (const each of many) expect(await each.until(lines(1))).toBe(`-${busyText}\r\n`);
      for (let i = 0; i < many.length; i += 2) {
        if (i % 4 === 0) many[i]!.socket.destroy();
        else many[i]!.socket.resetAndDestroy();
      }
      await kill();
    });
    for (let i = 1; i < many.length; i += 2) many[i]!.socket.write(`PING ${i}\r\n`);
    for (let i = 1; i < many.length; i += 2) {
      expect(await many[i]!.until(lines(3))).toBe(`-${busyText}\r\n$${String(i).length}\r\n${i}\r\n`);
    }
  });
});

describe('a connection that came while a script ran', () => {
  async function relayedWire(): Promise<Wire> {
    const made: Wire[] = [];
    await withScript(endless, async () => {
      const each = wire();
      each.socket.write('PING\r\n');
      await each.until(lines(1));
      made.push(each);
      await kill();
    });
    return made[0]!;
  }

  test('carries large values both ways', async () => {
    const relayed = await relayedWire();
    const before = relayed.text().length;
    const value = Buffer.alloc(10 * 1024 * 1024);
    for (let i = 0; i < value.length; i++) value[i] = (i * 31) ^ (i >> 8);
    relayed.socket.write(`*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$${value.length}\r\n`);
    relayed.socket.write(value);
    relayed.socket.write('\r\nGET large\r\n');
    const head = `+OK\r\n$${value.length}\r\n`;
    await relayed.until((text) => text.length >= before + head.length + value.length + 2);
    const got = relayed.text().slice(before);
    expect(got.startsWith(head)).toBe(true);
    expect(Buffer.from(got.slice(head.length, -2), 'latin1').equals(value)).toBe(true);
  });

  test('gets all its answers when it has ended its side', async () => {
    const relayed = await relayedWire();
    const before = relayed.text().length;
    await world.client().set('large', 'x'.repeat(3_000_000));
    relayed.socket.pause();
    relayed.socket.end('GET large\r\nPING end\r\n');
    await world.client().ping();
    relayed.socket.resume();
    await once(relayed.socket, 'end');
    const got = relayed.text().slice(before);
    expect(got.length).toBe('$3000000\r\n'.length + 3_000_002 + '$3\r\nend\r\n'.length);
    expect(got.endsWith('\r\n$3\r\nend\r\n')).toBe(true);
  });

  test('runs scripts of its own, and others are told meanwhile', async () => {
    const relayed = await relayedWire();
    const before = relayed.text().length;
    const becomesBusy = await busyProbe();
    relayed.socket.write(
      `*3\r\n$4\r\nEVAL\r\n$${endless.length}\r\n${endless}\r\n$1\r\n0\r\nPING behind\r\n`,
    );
    await becomesBusy();
    // It comes on the same pipe as the script did.
    await kill();
    await relayed.until((text) => text.endsWith('behind\r\n'));
    expect(relayed.text().slice(before)).toMatch(/^-ERR .*Script killed by user.*\r\n\$6\r\nbehind\r\n$/);
  });

  test('that asks for much and reads nothing makes nobody hold much', async () => {
    const relayed = await relayedWire();
    const before = relayed.text().length;
    await world.client().set('large', 'x'.repeat(1_000_000));
    const resident = process.memoryUsage.rss();
    relayed.socket.pause();
    relayed.socket.end('GET large\r\n'.repeat(100));
    const client = world.client();
    let held = 0;
    while (held < 100_000) {
      const list = String(await client.client('LIST'));
      held = Math.max(...[...list.matchAll(/ omem=(\d+)/g)].map(([, bytes]) => Number(bytes)));
    }
    for (let i = 0; i < 50; i++) await client.ping();
    expect(held).toBeLessThan(4_000_000);
    expect(process.memoryUsage.rss() - resident).toBeLessThan(50_000_000);
    relayed.socket.resume();
    await once(relayed.socket, 'end');
    expect(relayed.text().length - before).toBe(100 * (1_000_000 + '$1000000\r\n\r\n'.length));
  });

  test('ends when the engine is gone', async () => {
    const relayed = await relayedWire();
    const gone = once(relayed.socket, 'end');
    process.kill(world.enginePid(), 'SIGKILL');
    await gone;
    const client = world.client();
    expect(await client.ping()).toBe('PONG');
    await client.config('SET', 'busy-reply-threshold', '50');
  });
});

describe('behind a password and TLS', () => {
  test('a new connection logs in and ends the script', async () => {
    const certificate = selfSigned();
    const closed = await openWorld({ own: { password: 'secret' }, tls: certificate });
    try {
      const options = { password: 'secret', tls: { ca: certificate.cert, servername: 'localhost' } };
      const first = closed.client(options);
      await first.config('SET', 'busy-reply-threshold', '50');
      const script = first.eval(endless, 0).catch((error: Error) => error.message);
      const killer = closed.client({ ...options, enableReadyCheck: false });
      while ((await killer.call('SCRIPT', 'KILL').catch((error: Error) => error.message)) !== 'OK');
      expect(await script).toMatch(/Script killed by user/);
      const value = Buffer.alloc(2_000_000, 97);
      await killer.set('large', value);
      expect((await killer.getBuffer('large'))?.equals(value)).toBe(true);
      const intruder = closed.client({ ...options, password: 'wrong' });
      await expect(intruder.ping()).rejects.toThrow(/NOAUTH|WRONGPASS/);
    } finally {
      await closed.close();
    }
  });

  test('an encrypted connection that was there before ends the script', async () => {
    const certificate = selfSigned();
    const closed = await openWorld({ tls: certificate });
    try {
      const options = { tls: { ca: certificate.cert, servername: 'localhost' } };
      const [runner, old] = [closed.client(options), closed.client(options)];
      await runner.config('SET', 'busy-reply-threshold', '50');
      await old.ping();
      const script = runner.eval(endless, 0).catch((error: Error) => error.message);
      while ((await old.ping().catch((error: Error) => error.message)) !== busyText);
      expect(await old.script('KILL')).toBe('OK');
      expect(await script).toMatch(/Script killed by user/);
      expect(await old.ping()).toBe('PONG');
    } finally {
      await closed.close();
    }
  });

  test('one that was there before is asked for a login too', async () => {
    const closed = await openWorld({ own: { password: 'secret' } });
    try {
      const runner = closed.client({ password: 'secret' });
      await runner.config('SET', 'busy-reply-threshold', '50');
      const killer = closed.client({ enableReadyCheck: false });
      await expect(killer.ping()).rejects.toThrow(/NOAUTH/);
      const script = runner.eval(endless, 0).catch((error: Error) => error.message);
      await expect(killer.call('SCRIPT', 'KILL')).rejects.toThrow(/NOAUTH/);
      await killer.auth('secret');
      while ((await killer.call('SCRIPT', 'KILL').catch((error: Error) => error.message)) !== 'OK');
      expect(await script).toMatch(/Script killed by user/);
    } finally {
      await closed.close();
    }
  });
});
