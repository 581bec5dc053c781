/** Condition keys that every request has; an operation's row adds those of its service, the evaluator those of the caller. */

import type { Exchange } from './exchange.ts';

/** @param nowMs for `aws:CurrentTime` */
export function policyContext(exchange: Exchange, nowMs: number): Record<string, string> {
  const { socket } = exchange.request;
  const context: Record<string, string> = {
    'aws:CurrentTime': new Date(nowMs).toISOString(),
    'aws:EpochTime': String(Math.floor(nowMs / 1000)),
    'aws:SecureTransport': 'encrypted' in socket ? 'true' : 'false',
    // Through a unix socket comes who is on this machine.
    'aws:SourceIp': plainAddress(socket.remoteAddress ?? '127.0.0.1'),
    'aws:RequestedRegion': exchange.region,
  };
  const { headers } = exchange;
  const agent = headers.text('user-agent');
  if (agent !== undefined) context['aws:UserAgent'] = agent;
  const referer = headers.text('referer');
  if (referer !== undefined) context['aws:Referer'] = referer;
  return context;
}

/** `::ffff:127.0.0.1` is how a dual-stack socket shows an IPv4 peer. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
