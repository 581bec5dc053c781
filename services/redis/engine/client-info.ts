/** What CLIENT LIST and CLIENT INFO tell of a client: one line of `name=value`. */
import type { Client } from './client.ts';
import { argumentBytes, clientBytes, queryBytes, unsentBytes } from './client-memory.ts';

export type ClientType = 'normal' | 'replica' | 'pubsub' | 'master';

/** Size of the buffer that redis-server has per client; ours is not fixed, and readers of the line want a number. */
const replyBufferBytes = 16_384;

/** There are no replicas and masters. */
export function clientType(client: Client): ClientType {
  return client.subscriptions > 0 ? 'pubsub' : 'normal';
}

/** @returns undefined when there is no such type */
export function parseClientType(text: string): ClientType | undefined {
  switch (text.toLowerCase()) {
    case 'normal':
    case 'replica':
    case 'pubsub':
    case 'master':
      return text.toLowerCase() as ClientType;
    case 'slave':
      return 'replica';
    default:
      return undefined;
  }
}

/** It waits for a key or for the end of CLIENT PAUSE. */
export function isBlocked(client: Client): boolean {
  const { blocking, pause } = client.engine;
  return blocking.waiterOf(client) !== undefined || pause.isPostponed(client);
}

function flagsOf(client: Client): string {
  const { tracking } = client;
  let flags = '';
  if (client.monitor) flags += 'O';
  if (client.subscriptions > 0) flags += 'P';
  if (client.queue !== undefined) flags += 'x';
  if (isBlocked(client)) flags += 'b';
  if (tracking !== undefined) {
    flags += 't';
    if (tracking.brokenRedirect) flags += 'R';
    if (tracking.broadcast) flags += 'B';
  }
  if (client.watchFailed) flags += 'd';
  if (client.closing) flags += 'A';
  if (client.noEvict) flags += 'e';
  if (client.noTouch) flags += 'T';
  return flags === '' ? 'N' : flags;
}

/** Without a newline. */
export function clientLine(client: Client): string {
  const { engine, port, queue, tracking } = client;
  const unsent = unsentBytes(client);
  const row = client.lastCommand;
  return [
    `id=${client.id}`,
    `addr=${port.address}`,
    `laddr=${port.localAddress}`,
    `fd=${port.fd}`,
    `name=${client.name}`,
    `age=${Math.floor((engine.now - client.createdAt) / 1000)}`,
    `idle=${Math.floor((engine.now - client.lastCommandAt) / 1000)}`,
    `flags=${flagsOf(client)}`,
    `db=${client.call.db.index}`,
    `sub=${client.channels.size}`,
    `psub=${client.patterns.size}`,
    `ssub=${client.shardChannels.size}`,
    `multi=${queue?.length ?? -1}`,
    `qbuf=${queryBytes(client)}`,
    'qbuf-free=0',
    `argv-mem=${argumentBytes(client)}`,
    `multi-mem=${client.queueBytes}`,
    `rbs=${replyBufferBytes}`,
    'rbp=0',
    'obl=0',
    `oll=${unsent > 0 ? 1 : 0}`,
    `omem=${unsent}`,
    `tot-mem=${clientBytes(client)}`,
    'events=r',
    `cmd=${row === undefined ? 'NULL' : engine.commands.fullNames.get(row)}`,
    `user=${client.user}`,
    `redir=${tracking === undefined ? -1 : tracking.redirect}`,
    `resp=${client.resp}`,
    `lib-name=${client.libName}`,
    `lib-ver=${client.libVer}`,
  ].join(' ');
}
