/**
 * What a verified document says about a row of a CQL table: that it holds these values, or that there is none; or what a partition holds
 * besides rows. Everything in the document must be part of that: the keyspace's schema, from which names and types are, the record that
 * says where its rows are, and the generation of the table. What expires is judged at the time of the frame. Runs in browsers.
 */
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import {
  type ProofClaim,
  refuseUnused,
  type UsedParts,
  type VerifiedDocument,
} from '@hypergate/table/verify';
import { bytesToHex } from '@noble/hashes/utils.js';
import { isMarkerLive } from '../engine/liveness.ts';
import type { Row } from '../engine/model.ts';
import { type ColumnState, columnFacts, columnStates, expiryText } from './columns.ts';
import { type HeadState, headFacts, headPhrase, readHeadState } from './head.ts';
import { keyPhrase, type PrimaryKey, readKey } from './key.ts';
import { Parts } from './parts.ts';
import { holdsPhrase } from './phrases.ts';
import { headSort, rowSort, rowsPartition } from './place.ts';
import { readRecord } from './row.ts';
import { type CqlSubject, parseSubject } from './subject.ts';
import type { TableFacts } from './table.ts';
import { idText, nameText, secondsText, writeTimeText } from './texts.ts';

type Fact = [string, string];

interface Claimed {
  readonly table: TableFacts;
  readonly key: PrimaryKey;
  readonly parts: Parts;
  readonly domain: Uint8Array;
  readonly partition: Uint8Array;
  /** Of the frame, in seconds since 1970. */
  readonly now: number;
  readonly facts: readonly Fact[];
}

const rowsTable = 'cql.rows';

/** @throws ProofRefused when the document proves something else than its subject */
export function describeProof(document: VerifiedDocument): ProofClaim {
  const used: UsedParts = new Set();
  const claim = describe(parseSubject(document.subject), document, new Parts(document, used));
  refuseUnused(document, used);
  return claim;
}

function describe(subject: CqlSubject, { frame }: VerifiedDocument, parts: Parts): ProofClaim {
  const table = parts.table(subject.keyspace, subject.table);
  const key = readKey(table, subject.key);
  const generation = parts.generation(table);
  const domain = parts.domain(subject.keyspace);
  const facts: Fact[] = [
    ['table', `${idText(table.id)}, generation ${generation}`],
    ['domain of its keyspace', bytesToHex(domain)],
  ];
  const partition = rowsPartition(table.id, generation);
  const now = Math.floor(frame.timeMs / 1000);
  const claimed: Claimed = { table, key, parts, domain, partition, now, facts };
  return key.clustering === undefined ? describeHead(claimed) : describeRow(claimed, key.clustering);
}

/** `(a = 1, b = 'x') of table ks.t` */
function placeOf(table: TableFacts, { partitionValues, clustering = [] }: PrimaryKey): string {
  const columns = [...table.partitionKey, ...table.clustering];
  const key = keyPhrase(columns, [...partitionValues, ...clustering]);
  return `${key} of table ${nameText(table.keyspace)}.${nameText(table.name)}`;
}

function describeRow(claimed: Claimed, clustering: readonly Uint8Array[]): ProofClaim {
  const { table, key, now } = claimed;
  const place = placeOf(table, key);
  const head = table.statics.length === 0 ? undefined : findHead(claimed);
  const statics = staticFacts(table, head);
  const row = findRow(claimed, clustering);
  if (row === undefined) {
    const facts = [...claimed.facts, ...statics];
    return { statement: `there is no row ${place}`, facts, content: undefined };
  }
  const states = columnStates(table.regulars, row, now);
  const facts = [...claimed.facts, ...markerFacts(row, now), ...states.flatMap(columnFacts), ...statics];
  const isLive = isMarkerLive(row.marker, now) || states.some(({ value }) => value !== undefined);
  const at = isTimedRow(row, states) || head?.isTimed === true ? timePrefix(now) : '';
  if (!isLive) {
    const why = whyGone(row, states);
    return { statement: `${at}there is no row ${place}${why}`, facts, content: undefined };
  }
  const also = head?.state?.statics.some(({ value }) => value !== undefined)
    ? `, and its partition ${holdsPhrase(head.state.statics)}`
    : '';
  return { statement: `${at}row ${place} ${holdsPhrase(states)}${also}`, facts, content: undefined };
}

function describeHead(claimed: Claimed): ProofClaim {
  const { table, key, facts } = claimed;
  const head = findHead(claimed);
  if (head === undefined) throw new ProofRefused('the partition is not proven');
  const at = head.isTimed ? timePrefix(claimed.now) : '';
  const statement = `${at}the partition ${placeOf(table, key)}, its rows apart, ${headPhrase(head.state)}`;
  return { statement, facts: [...facts, ...headFacts(table, head.state)], content: undefined };
}

/** Undefined: there is none. @throws ProofRefused when the document does not say */
function findRow(claimed: Claimed, clustering: readonly Uint8Array[]): Row | undefined {
  const { table, key, parts, domain, partition } = claimed;
  const sort = rowSort(key.partition, table.clustering, clustering);
  const found = parts.find({ domain, table: rowsTable, partition, sort });
  if (found === undefined) throw new ProofRefused('the row is not proven');
  if (found.record === undefined) return undefined;
  const { partitionKey, body } = readRecord(found.record.rowVersion, found.record.row);
  if (body.kind !== 'row' || !sameBytes(partitionKey, key.partition))
    throw new ProofRefused('another row is proven');
  // Equal numbers of another scale are the same row.
  const isSame =
    body.row.clustering.length === clustering.length &&
    sameBytes(rowSort(partitionKey, table.clustering, body.row.clustering), sort);
  if (!isSame) throw new ProofRefused('another row is proven');
  return body.row;
}

interface FoundHead {
  /** Undefined: there is none. */
  readonly state: HeadState | undefined;
  readonly isTimed: boolean;
}

/** Undefined when the document does not say. */
function findHead({ table, key, parts, domain, partition, now }: Claimed): FoundHead | undefined {
  const sort = headSort(key.partition);
  const found = parts.find({ domain, table: rowsTable, partition, sort });
  if (found === undefined) return undefined;
  if (found.record === undefined) return { state: undefined, isTimed: false };
  const { partitionKey, body } = readRecord(found.record.rowVersion, found.record.row);
  const isSame =
    body.kind === 'head' &&
    body.table === table.id &&
    sameBytes(body.key, key.partition) &&
    sameBytes(partitionKey, key.partition);
  if (!isSame) throw new ProofRefused('another partition is proven');
  const state = readHeadState(table, body, now);
  return { state, isTimed: state.statics.some(({ isTimed }) => isTimed) };
}

function staticFacts({ statics }: TableFacts, head: FoundHead | undefined): Fact[] {
  if (statics.length === 0) return [];
  if (head === undefined) return [['static columns', 'not part of this proof']];
  const { state } = head;
  if (state === undefined) return [['static columns', 'null']];
  return state.statics.flatMap(columnFacts);
}

function markerFacts({ marker, deletion }: Row, now: number): Fact[] {
  const facts: Fact[] = [];
  if (marker !== undefined) {
    facts.push(['row inserted', writeTimeText(marker.timestamp)]);
    const expiry = expiryText({ ...marker, localTime: marker.expiresAt });
    if (marker.ttl > 0) facts.push([isMarkerLive(marker, now) ? 'row expires' : 'row expired', expiry]);
  }
  if (deletion !== undefined)
    facts.push(['row deleted', `what was written up to ${writeTimeText(deletion.timestamp)}`]);
  return facts;
}

function isTimedRow({ marker }: Row, states: readonly ColumnState[]): boolean {
  return (marker !== undefined && marker.ttl > 0) || states.some(({ isTimed }) => isTimed);
}

function timePrefix(now: number): string {
  return `at ${secondsText(now)}, `;
}

/** Of a row in which nothing is alive: what happened last. */
function whyGone({ marker, deletion }: Row, states: readonly ColumnState[]): string {
  const ends = states.flatMap(({ stamps }) => stamps.slice(-1));
  const expiries = ends.filter(({ ttl }) => ttl > 0).map(({ localTime }) => localTime);
  if (marker !== undefined) expiries.push(marker.expiresAt);
  const deletions = ends.filter(({ ttl }) => ttl === 0).map(({ localTime }) => localTime);
  if (deletion !== undefined) deletions.push(deletion.localTime);
  const expired = Math.max(Number.NEGATIVE_INFINITY, ...expiries);
  const deleted = Math.max(Number.NEGATIVE_INFINITY, ...deletions);
  if (deleted >= expired && deletions.length > 0) return `: it was deleted at ${secondsText(deleted)}`;
  return expiries.length > 0 ? `: it expired at ${secondsText(expired)}` : '';
}
