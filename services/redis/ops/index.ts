/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { bzpopCommands } from './bzpop.ts';
import { configCommands } from './config.ts';
import { connectionCommands } from './connection.ts';
import { geoaddCommands } from './geoadd.ts';
import { geoposCommands } from './geopos.ts';
import { geosearchCommands } from './geosearch.ts';
import { getCommands } from './get.ts';
import { keyCommands } from './keys.ts';
import { zaddCommands } from './zadd.ts';
import { zcountCommands } from './zcount.ts';
import { zpopCommands } from './zpop.ts';
import { zrandmemberCommands } from './zrandmember.ts';
import { zrangeCommands } from './zrange.ts';
import { zremCommands } from './zrem.ts';
import { zscanCommands } from './zscan.ts';
import { zscoreCommands } from './zscore.ts';
import { zunionCommands } from './zunion.ts';

export const commands: readonly CommandRow[] = [
  ...bzpopCommands,
  ...configCommands,
  ...connectionCommands,
  ...geoaddCommands,
  ...geoposCommands,
  ...geosearchCommands,
  ...getCommands,
  ...keyCommands,
  ...zaddCommands,
  ...zcountCommands,
  ...zpopCommands,
  ...zrandmemberCommands,
  ...zrangeCommands,
  ...zremCommands,
  ...zscanCommands,
  ...zscoreCommands,
  ...zunionCommands,
];
