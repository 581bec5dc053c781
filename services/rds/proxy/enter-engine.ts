/**
 * Opens the client's session at the engine, as the role that the client has proven to be, and passes on what the engine says up
 * to its cancel key, which the client gets another one for.
 */
import { Breach, fatals } from '../wire/errors.ts';
import { wireLimits } from '../wire/limits.ts';
import {
  isAuthenticated,
  type Message,
  messageBytes,
  readBackendKey,
  readMessage,
} from '../wire/message-reader.ts';
import { backendKeyData, startupMessage } from '../wire/messages.ts';
import type { Startup } from '../wire/startup.ts';
import { type CancelKeys, CancelWatch } from './cancel-keys.ts';
import type { ClientSocket } from './client-socket.ts';
import { GatheredSocket } from './gathered-socket.ts';
import type { InstanceLink } from './instance-link.ts';

export interface Entered {
  readonly engine: GatheredSocket;
  readonly watch: CancelWatch;
  /** Its key cancels nothing any more. */
  readonly forgetKey: () => void;
}

/** @throws Fatal, or Breach when the engine refused and the client was told so */
export async function enterEngine(
  client: ClientSocket,
  link: InstanceLink,
  startup: Startup,
  keys: CancelKeys,
): Promise<Entered> {
  const engine = new GatheredSocket();
  // Who leaves meanwhile takes its session along.
  const leave = () => engine.destroy();
  client.socket.once('close', leave);
  try {
    await connect(engine, link.socketPath);
    engine.write(startupMessage(startup));
    for (let isIn = false; ; ) {
      const message = await nextMessage(engine);
      if (message.type === 'K') {
        const { pid, key: engineKey } = readBackendKey(message);
        const watch = new CancelWatch();
        const { key, remove } = keys.add({ link, pid, engineKey, watch }, startup.minor);
        client.write(backendKeyData(pid, key));
        return { engine, watch, forgetKey: remove };
      }
      if (message.type === 'E') {
        client.close(Buffer.from(message.bytes));
        throw new Breach('the engine refused');
      }
      if (!isIn && message.type === 'R') {
        // Roles other than the administrator's are not asked for anything on this socket.
        if (!isAuthenticated(message)) throw fatals.passwordFailed(startup.user);
        isIn = true;
      }
      client.write(Buffer.from(message.bytes));
    }
  } catch (error) {
    engine.destroy();
    throw error;
  } finally {
    client.socket.off('close', leave);
  }
}

async function connect({ socket }: GatheredSocket, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve);
  socket.once('close', () => reject(fatals.cannotConnectNow('the database system is starting up')));
  socket.connect({ path });
  await promise;
}

async function nextMessage(engine: GatheredSocket): Promise<Message> {
  const max = wireLimits.engineMessageBytesMax;
  const length = messageBytes(await engine.bytes(5), max) ?? 0;
  await engine.bytes(length);
  return readMessage(engine.take(length), max)!;
}
