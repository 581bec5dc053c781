/**
 * Finds out whether a client is who it says: against the verifier that the engine keeps of the role's password, or by a token of
 * IAM. Who does not exist, has no password or no longer a valid one is asked like anybody else, and fails at the end.
 */
import { randomBytes } from 'node:crypto';
import { fatals } from '../wire/errors.ts';
import { wireLimits } from '../wire/limits.ts';
import { checkMd5 } from '../wire/md5.ts';
import {
  type Message,
  messageBytes,
  readMessage,
  readPassword,
  readSaslInitial,
} from '../wire/message-reader.ts';
import { authenticate as ask } from '../wire/messages.ts';
import { mockSalt, ScramServer } from '../wire/scram.ts';
import type { Startup } from '../wire/startup.ts';
import { type Md5Verifier, parseVerifier, type ScramVerifier } from '../wire/verifier.ts';
import type { TokenUse } from './channel.ts';
import type { ClientSocket } from './client-socket.ts';
import type { InstanceLink } from './instance-link.ts';

const mockIterations = 4096;
const md5SaltBytes = 4;

export interface AuthenticateModules {
  readonly secret: Uint8Array;
  readonly channelBinding: Buffer | undefined;
  verifyToken(use: TokenUse): Promise<boolean>;
}

/** @throws Fatal when it is not, Breach when the client leaves */
export async function authenticate(
  client: ClientSocket,
  link: InstanceLink,
  startup: Startup,
  modules: AuthenticateModules,
): Promise<void> {
  const { user, database } = startup;
  const role = await link.admin.role(Buffer.from(user, 'latin1').toString('utf8'));
  if (role?.isIam === true && link.route.iam) {
    // Their token could be read on its way.
    if (!client.isEncrypted) throw fatals.rejected(client.address, user, database, false);
    await byToken(client, link, user, modules);
    return;
  }
  const verifier = parseVerifier(role?.password ?? null);
  if (verifier?.kind === 'md5') await byMd5(client, user, verifier);
  else await byScram(client, user, verifier, modules);
}

async function byToken(
  client: ClientSocket,
  link: InstanceLink,
  user: string,
  modules: AuthenticateModules,
): Promise<void> {
  client.write(ask.cleartext());
  const token = readPassword((await answer(client, 'password')).body).toString('utf8');
  const { serverName, port } = client;
  const { instance } = link.route;
  const use = { instance, user: Buffer.from(user, 'latin1').toString('utf8'), token, serverName, port };
  if (!(await modules.verifyToken(use))) throw fatals.tokenFailed(user);
}

async function byMd5(client: ClientSocket, user: string, verifier: Md5Verifier): Promise<void> {
  const salt = randomBytes(md5SaltBytes);
  client.write(ask.md5(salt));
  const { body } = await answer(client, 'password');
  if (!checkMd5(verifier, salt, readPassword(body))) throw fatals.passwordFailed(user);
}

async function byScram(
  client: ClientSocket,
  user: string,
  verifier: ScramVerifier | undefined,
  modules: AuthenticateModules,
): Promise<void> {
  const scram = new ScramServer({
    verifier,
    mock: { salt: mockSalt(modules.secret, user), iterations: mockIterations },
    channelBinding: client.isEncrypted ? modules.channelBinding : undefined,
  });
  client.write(ask.sasl(scram.mechanisms));
  const initial = readSaslInitial((await answer(client, 'SASL')).body);
  let data = initial.data;
  if (data === undefined) {
    // The client waits for an empty challenge before it says its first words.
    client.write(ask.saslContinue(''));
    data = (await answer(client, 'SASL')).body.latin1Slice();
  }
  client.write(ask.saslContinue(scram.first(initial.mechanism, data)));
  const final = scram.final((await answer(client, 'SASL')).body.latin1Slice());
  if (final === undefined) throw fatals.passwordFailed(user);
  client.write(ask.saslFinal(final));
}

async function answer(client: ClientSocket, expected: 'password' | 'SASL'): Promise<Message> {
  const head = await client.bytes(1);
  const type = String.fromCharCode(head[0]!);
  if (type !== 'p') throw fatals.unexpected(expected, type);
  const length = messageBytes(await client.bytes(5), wireLimits.loginMessageBytesMax) ?? 0;
  await client.bytes(length);
  return readMessage(client.take(length), wireLimits.loginMessageBytesMax)!;
}
