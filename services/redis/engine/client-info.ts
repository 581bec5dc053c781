/** What CLIENT LIST and CLIENT INFO tell of a client: one line of `name=value`. */
import type { Client } from './client.ts';

export type ClientType = 'normal' | 'replica' | 'pubsub' | 'master';

/** Buffer sizes that redis-server has per client; ours are not fixed, and readers of the line want a number. */
const replyBufferBytes = 16_384;
const clientOverheadBytes = 1024;

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

/** Bytes of a command as the protocol carries it. */
export function requestBytes(args: readonly string[]): number {
  let bytes = 3 + String(args.length).length;
  for (const arg of args) bytes += 5 + String(arg.length).length + arg.length;
  return bytes;
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
  const running = engine.running === client ? engine.runningArgs : undefined;
  const argumentBytes = running === undefined ? 0 : textBytes(running);
  const queuedBytes = queue?.reduce((sum, command) => sum + textBytes(command.args), 0) ?? 0;
  const queryBytes = port.queryBytes + (running === undefined ? 0 : requestBytes(running));
  const unsent = engine.running === client ? 0 : port.output.undeliveredBytes;
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
    `qbuf=${queryBytes}`,
    'qbuf-free=0',
    `argv-mem=${argumentBytes}`,
    `multi-mem=${queuedBytes}`,
    `rbs=${replyBufferBytes}`,
    'rbp=0',
    'obl=0',
    `oll=${unsent > 0 ? 1 : 0}`,
    `omem=${unsent}`,
    `tot-mem=${clientOverheadBytes + queryBytes + argumentBytes + queuedBytes + unsent}`,
    'events=r',
    `cmd=${row === undefined ? 'NULL' : engine.commands.fullNames.get(row)}`,
    `user=${client.user}`,
    `redir=${tracking === undefined ? -1 : tracking.redirect}`,
    `resp=${client.resp}`,
    `lib-name=${client.libName}`,
    `lib-ver=${client.libVer}`,
  ].join(' ');
}

function textBytes(args: readonly string[]): number {
  return args.reduce((sum, arg) => sum + arg.length, 0);
}
