/** Commands that a standby gives to a walsender ("Streaming Replication Protocol" of PostgreSQL's manual), as text. */
import { type Lsn, parseLsn, type Timeline } from '../model/lsn.ts';
import { protocolLimits } from './limits.ts';

export type StandbyCommand =
  | { readonly kind: 'identify' }
  | { readonly kind: 'show'; readonly name: string }
  | { readonly kind: 'history'; readonly timeline: Timeline }
  | { readonly kind: 'create-slot' | 'drop-slot'; readonly name: string }
  | {
      readonly kind: 'start';
      readonly slot: string | undefined;
      readonly from: Lsn;
      readonly timeline: Timeline | undefined;
    };

const slotName = `"?([a-z0-9_]{1,${protocolLimits.slotNameBytesMax}})"?`;
const identify = /^IDENTIFY_SYSTEM$/i;
const show = /^SHOW\s+([a-z0-9_.]+)$/i;
const history = /^TIMELINE_HISTORY\s+(\d{1,10})$/i;
const createSlot = new RegExp(
  `^CREATE_REPLICATION_SLOT\\s+${slotName}\\s+(?:TEMPORARY\\s+)?PHYSICAL\\b[^;]*$`,
  'i',
);
const dropSlot = new RegExp(`^DROP_REPLICATION_SLOT\\s+${slotName}(?:\\s+WAIT)?$`, 'i');
const start = new RegExp(
  `^START_REPLICATION\\s+(?:SLOT\\s+${slotName}\\s+)?(?:PHYSICAL\\s+)?([0-9A-F]{1,8}/[0-9A-F]{1,8})(?:\\s+TIMELINE\\s+(\\d{1,10}))?$`,
  'i',
);

/** undefined: none that this server knows. */
export function parseCommand(text: string): StandbyCommand | undefined {
  const command = text.replace(/;\s*$/, '').trim();
  if (identify.test(command)) return { kind: 'identify' };
  let match = show.exec(command);
  if (match !== null) return { kind: 'show', name: match[1]!.toLowerCase() };
  match = history.exec(command);
  if (match !== null) return { kind: 'history', timeline: Number(match[1]) };
  match = createSlot.exec(command);
  if (match !== null) return { kind: 'create-slot', name: match[1]! };
  match = dropSlot.exec(command);
  if (match !== null) return { kind: 'drop-slot', name: match[1]! };
  match = start.exec(command);
  if (match === null) return undefined;
  const timeline = match[3] === undefined ? undefined : Number(match[3]);
  return { kind: 'start', slot: match[1], from: parseSafely(match[2]!), timeline };
}

/** A position beyond what counts is beyond any log as well. */
function parseSafely(text: string): Lsn {
  try {
    return parseLsn(text);
  } catch {
    return Number.MAX_SAFE_INTEGER;
  }
}
