/**
 * Entry of the engine's process, started by engine-process.ts with these descriptors beside the usual ones:
 *   3 the channel over which sockets come ‖ 4 frames both ways ‖ 5 the relay, read also while a script runs
 */
import { Socket } from 'node:net';
import { utf8 } from '@hypergate/kit/bytes';
import { createEngine } from './create-engine.ts';
import { EngineHost } from './engine-host.ts';
import { FrameLink } from './frame-link.ts';
import { Framed } from './framed.ts';
import { processHost } from './host.ts';
import { type EngineProcessOptions, fromEngine, toEngine } from './link-messages.ts';

const pipe = new Socket({ fd: 4 });
let host: EngineHost | undefined;
const framed = new Framed();

const link = new FrameLink(pipe, (type, payload) => {
  if (type === toEngine.options) {
    host = open(JSON.parse(payload.toString('utf8')) as EngineProcessOptions);
    link.send(fromEngine.ready);
  } else if (type === toEngine.framed) framed.advance(payload.readDoubleLE(0));
  else if (host === undefined) throw new Error('options come first');
  else host.receive(type, payload);
});
const relayPipe = new Socket({ fd: 5 });
const relay = new FrameLink(relayPipe, (type, payload) => host?.receiveRelayed(type, payload));
// The gateway has ended this, or is gone: nothing that happens from here on could become durable.
pipe.on('close', () => process.exit(0));
pipe.on('error', () => process.exit(0));
relayPipe.on('error', () => process.exit(0));

process.on('message', (number: number, handle: unknown) => host?.arrive(number, handle));
// A signal to the whole group of processes is the gateway's to answer: it stops the engine in order.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

function open(options: EngineProcessOptions): EngineHost {
  const { password } = options;
  const engine = createEngine(
    { journaling: true },
    {
      clock: { now: () => Date.now() },
      random: () => Math.random(),
      host: processHost(),
      pollWhileBusy: () => host?.pollWhileBusy(),
      noLongerBusy: () => host?.noLongerBusy(),
      finality: framed,
      log: (level, text) => host?.log(level, text),
    },
  );
  engine.loading = true;
  engine.replaying = true;
  engine.effects.recording = false;
  engine.config.assign('maxmemory', String(options.maxmemory));
  if (options.port > 0) engine.config.assign('port', String(options.port));
  if (options.cluster) engine.config.assign('cluster-enabled', 'yes');
  if (password !== undefined) engine.config.assign('requirepass', utf8(password));
  return new EngineHost(engine, { link, relay, heapBytes: options.heapBytes });
}
