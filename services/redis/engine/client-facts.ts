/** What INFO tells of clients, channels, tracking and refusals. */
import type { Engine } from './engine.ts';

export function provideClientFacts(engine: Engine): void {
  const { facts, pubsub, tracking, acl } = engine;
  facts.provide('pubsub_channels', () => pubsub.count('channel'));
  facts.provide('pubsub_patterns', () => pubsub.count('pattern'));
  facts.provide('pubsubshard_channels', () => pubsub.count('shard'));
  facts.provide('tracking_clients', () => tracking.clientCount);
  facts.provide('tracking_total_keys', () => tracking.keyCount);
  facts.provide('tracking_total_items', () => tracking.itemCount);
  facts.provide('tracking_total_prefixes', () => tracking.broadcast.prefixCount);
  facts.provide('acl_access_denied_auth', () => acl.log.denied.auth);
  facts.provide('acl_access_denied_cmd', () => acl.log.denied.command);
  facts.provide('acl_access_denied_key', () => acl.log.denied.key);
  facts.provide('acl_access_denied_channel', () => acl.log.denied.channel);
}
