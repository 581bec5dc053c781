/**
 * A thousand connections that send as much as they are let and never log in: how much memory the gateway and the engine's
 * process take for them. What was resident before, after ordinary load, is not counted.
 */
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { freePort } from '@hypergate/node/sim/ports';
import { startGateway } from '../lib/gateway.ts';
import { readUsage } from '../lib/process-usage.ts';
import { engineOf } from '../lib/redis-engine.ts';
import { freshDirectory } from '../lib/target.ts';

export interface HostileResult {
  readonly kind: string;
  readonly connections: number;
  /** Most that was resident at once beyond what was before, in bytes. */
  readonly gatewayBytes: number;
  readonly engineBytes: number;
  readonly totalBytes: number;
  /** A client that logged in meanwhile was answered after so long. */
  readonly pingMs: number;
}

const password = 'not-for-them';
const attackMs = 8_000;
const sampleMs = 50;

/** What one connection does; called again whenever the socket has room. @returns whether there is more */
type Attack = (socket: Socket, round: number) => boolean;

const argument = Buffer.from(`$16384\r\n${'x'.repeat(16_384)}\r\n`);
const plainAttacks: Readonly<Record<string, Attack>> = {
  'ten arguments of 16 KiB, never completed': (socket, round) => {
    socket.write(round === 0 ? '*10\r\n' : argument);
    return round < 9;
  },
  'a command byte by byte': (socket, round) => {
    socket.write(round === 0 ? '*3\r\n$4\r\nAUTH\r\n$1\r\na\r\n$16384\r\n' : 'x');
    return true;
  },
  'inline lines without end': (socket) => {
    socket.write('x'.repeat(1024));
    return true;
  },
  'huge announced lengths': (socket, round) => {
    socket.write(round === 0 ? '*10\r\n$16384\r\n' : 'x'.repeat(200));
    return true;
  },
  'refused commands whose answers are not read': (socket) => {
    socket.write('PING\r\n'.repeat(200));
    return true;
  },
  'just inside the budget, and waiting': (socket, round) => {
    socket.write(round === 0 ? '*10\r\n' : round === 1 ? argument : 'x'.repeat(0));
    return round < 1;
  },
};

/** The first bytes of a handshake: a record of 512 bytes is announced and does not come. */
const tlsAttacks: Readonly<Record<string, Attack>> = {
  'TLS handshakes that stop after some bytes': (socket, round) => {
    socket.write(round === 0 ? Buffer.from('1603010200010001fc0303', 'hex') : Buffer.alloc(1));
    return round < 100;
  },
};

export async function benchHostile(connections: number): Promise<readonly HostileResult[]> {
  const results: HostileResult[] = [];
  for (const [tls, attacks] of [
    [false, plainAttacks],
    [true, tlsAttacks],
  ] as const) {
    for (const [kind, attack] of Object.entries(attacks)) {
      results.push(await attackOne(kind, attack, connections, tls));
    }
  }
  return results;
}

/** Each on a gateway of its own: memory that one attack took must not serve the next. */
async function attackOne(
  kind: string,
  attack: Attack,
  connections: number,
  tls: boolean,
): Promise<HostileResult> {
  const folder = freshDirectory('redis-hostile');
  const port = await freePort();
  const target = await startGateway({
    dataDir: join(folder, 'data'),
    tls,
    env: { HYPERGATE_REDIS_PORT: String(port), HYPERGATE_REDIS_PASSWORD: password },
  });
  const engine = engineOf(target.pid);
  try {
    await warmUp(port, target.ca);
    await delay(1000);
    const resident = () => [readUsage(target.pid).rssBytes, readUsage(engine).rssBytes] as const;
    const before = resident();
    const most = { gateway: 0, engine: 0, total: 0 };
    const timer = setInterval(() => {
      const now = resident();
      const [gateway, ofEngine] = [now[0] - before[0], now[1] - before[1]];
      most.gateway = Math.max(most.gateway, gateway);
      most.engine = Math.max(most.engine, ofEngine);
      most.total = Math.max(most.total, gateway + ofEngine);
    }, sampleMs);
    const attackers = Array.from({ length: connections }, () => new Attacker(port, attack));
    await delay(attackMs / 2);
    const pingMs = await timeToAnswer(port, target.ca);
    await delay(attackMs / 2);
    clearInterval(timer);
    for (const attacker of attackers) attacker.stop();
    return {
      kind,
      connections,
      gatewayBytes: most.gateway,
      engineBytes: most.engine,
      totalBytes: most.total,
      pingMs,
    };
  } finally {
    await target.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Comes again when it is closed. Answers are not read. */
class Attacker {
  private readonly port: number;
  private readonly attack: Attack;
  private socket: Socket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(port: number, attack: Attack) {
    this.port = port;
    this.attack = attack;
    this.begin();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }

  private begin(): void {
    const socket = connect(this.port, '127.0.0.1');
    this.socket = socket;
    let round = 0;
    const step = () => {
      if (socket.destroyed || !this.attack(socket, round++) || socket.writableNeedDrain) return;
      this.timer = setTimeout(step, 2 + (round % 7));
    };
    socket.on('connect', step);
    socket.on('drain', step);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(this.timer);
      if (!this.stopped) this.timer = setTimeout(() => this.begin(), 100);
    });
    socket.pause();
  }
}

/** Ordinary load, so that what the processes reserve for any load is there before. */
async function warmUp(port: number, ca: string | undefined): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const commands = Array.from({ length: 2000 }, (_, n) => `SET warm:${n} ${'x'.repeat(200)}\r\n`).join('');
    await exchange(port, ca, `AUTH "${password}"\r\n${commands}FLUSHALL\r\nQUIT\r\n`);
  }
}

async function timeToAnswer(port: number, ca: string | undefined): Promise<number> {
  const startedAt = performance.now();
  const text = await exchange(port, ca, `AUTH "${password}"\r\nPING\r\nQUIT\r\n`);
  if (text !== '+OK\r\n+PONG\r\n+OK\r\n') throw new Error(`a client was told ${JSON.stringify(text)}`);
  return performance.now() - startedAt;
}

/** @param ca of a server with TLS */
function exchange(port: number, ca: string | undefined, bytes: string): Promise<string> {
  const socket =
    ca === undefined
      ? connect(port, '127.0.0.1')
      : connectTls({ port, host: '127.0.0.1', ca, servername: 'localhost' });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write(bytes);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}
