/** Records of circuits. An upload is inspected by the node before anything is kept of it. */
import {
  type CircuitListing,
  type CircuitRecord,
  type CircuitUpload,
  type CompiledCircuit,
  ComputationRefused,
  type Page,
  type PageQuery,
  type SizedBytes,
  type SourceUpload,
  type StoredCircuit,
} from '@hypergate/kit';
import type { CircuitCompilation, CircuitInspection } from '@hypergate/node/api';
import { ConditionFailed, type DomainWrite, type StagedBlob, type StoredRecord } from '@hypergate/table';
import { mpcServiceLimits } from '../limits.ts';
import { decodeListing, listingOf } from '../model/listing.ts';
import { circuitKey, circuitsByTime, circuitsTable } from '../model/tables.ts';
import type { CircuitRow } from '../verify/rows.ts';
import type { MpcContext } from './context.ts';
import { readPage } from './pages.ts';
import { runJob } from './refusals.ts';

/** What an upload says beside its encoding; of a source all of it. */
interface Label {
  readonly name: string | undefined;
  readonly source?: string;
  readonly interface?: string;
}

/** @throws ComputationRefused */
export async function putCircuit(
  encoding: Uint8Array,
  { name, keep }: CircuitUpload,
  context: MpcContext,
): Promise<StoredCircuit> {
  if (encoding.length > mpcServiceLimits.encodingBytesMax) {
    throw new ComputationRefused(413, `an encoding has at most ${mpcServiceLimits.encodingBytesMax} bytes`);
  }
  return await storeCircuit(await inspect(encoding, context), keep ? encoding : undefined, { name }, context);
}

/** @throws ComputationRefused 400 with the compiler's words */
export async function compileCircuit(
  source: string,
  { name, sameTypes }: SourceUpload,
  context: MpcContext,
): Promise<CompiledCircuit> {
  const bytes = Buffer.from(source);
  if (bytes.length > mpcServiceLimits.sourceBytesMax) {
    throw new ComputationRefused(
      413,
      `a source has at most ${mpcServiceLimits.sourceBytesMax} bytes in UTF-8`,
    );
  }
  if (!source.isWellFormed()) throw new ComputationRefused(400, 'the source is not well-formed Unicode');
  const compiled = await runJob('mpc.compile', bytes, context);
  const end = 4 + compiled.readUInt32BE(0);
  const facts = JSON.parse(compiled.toString('utf8', 4, end)) as CircuitCompilation;
  const types = JSON.stringify(facts.interface);
  if (Buffer.byteLength(types) > mpcServiceLimits.interfaceBytesMax) {
    throw new ComputationRefused(413, 'the types of the inputs and outputs are too much for a record');
  }
  const stored = await storeCircuit(
    facts.inspection,
    compiled.subarray(end),
    { name, source, interface: types },
    context,
  );
  if (sameTypes === true && JSON.stringify(stored.circuit.interface) !== types) {
    throw new ComputationRefused(
      409,
      'this circuit is recorded with another source, whose inputs or outputs have other types',
    );
  }
  return { ...stored, warnings: facts.warnings };
}

async function inspect(encoding: Uint8Array, context: MpcContext): Promise<CircuitInspection> {
  return JSON.parse((await runJob('mpc.inspect', encoding, context)).toString()) as CircuitInspection;
}

/** Twice the same is once: what stands there stays, and what it lacks is added. */
async function storeCircuit(
  inspection: CircuitInspection,
  encoding: Uint8Array | undefined,
  label: Label,
  context: MpcContext,
): Promise<StoredCircuit> {
  const { domain, clock } = context;
  const commitment = Buffer.from(inspection.commitment, 'hex');
  for (let attempt = 0; attempt < mpcServiceLimits.attemptsMax; attempt += 1) {
    const before = await domain.get(circuitsTable, circuitKey(commitment));
    const blob =
      encoding === undefined || before?.row.encoding !== undefined
        ? undefined
        : await domain.stageBlob(once(encoding));
    const { ands, gates, layers, inputs, outputs } = inspection;
    const bare = { commitment, createdMs: clock.now(), ands, gates, layers, inputs, outputs };
    const row = merged(before?.row, {
      ...bare,
      encoding: blob,
      source: undefined,
      interface: undefined,
      ...label,
    });
    if (row === before?.row) return { circuit: recordOf(row), created: false };
    if (await written(row, before, blob, context)) {
      return { circuit: recordOf(row), created: before === undefined };
    }
  }
  throw new ComputationRefused(503, 'others change the record of this circuit; try again');
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The row that was there itself when nothing is added to it. */
function merged(before: CircuitRow | undefined, upload: CircuitRow): CircuitRow {
  if (before === undefined) return upload;
  const name = before.name ?? upload.name;
  const encoding = before.encoding ?? upload.encoding;
  // Source and interface belong together.
  const described = before.source === undefined ? upload : before;
  const { source, interface: types } = described;
  const isSame = name === before.name && encoding === before.encoding && source === before.source;
  return isSame ? before : { ...before, name, encoding, source, interface: types };
}

/** @returns false when somebody else was first: nothing is left of the attempt */
async function written(
  row: CircuitRow,
  before: StoredRecord<CircuitRow> | undefined,
  blob: StagedBlob | undefined,
  { tables, domain }: MpcContext,
): Promise<boolean> {
  const writes: DomainWrite[] = [
    {
      kind: 'put',
      domain,
      table: circuitsTable,
      key: circuitKey(row.commitment),
      row,
      condition: before === undefined ? 'absent' : { revision: before.revision },
    },
  ];
  if (blob !== undefined) writes.push({ kind: 'put-blob', domain, blob });
  try {
    await tables.transact(writes);
    return true;
  } catch (error) {
    if (blob !== undefined) tables.unstage?.(blob);
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

export async function findCircuit(
  commitment: string,
  { domain }: MpcContext,
): Promise<CircuitRecord | undefined> {
  const stored = await domain.get(circuitsTable, circuitKey(Buffer.from(commitment, 'hex')));
  return stored === undefined ? undefined : recordOf(stored.row);
}

export async function findEncoding(
  commitment: string,
  { domain }: MpcContext,
  signal?: AbortSignal,
): Promise<SizedBytes | undefined> {
  const stored = await domain.get(circuitsTable, circuitKey(Buffer.from(commitment, 'hex')));
  const blob = stored?.row.encoding;
  if (blob === undefined) return undefined;
  return { length: blob.length, bytes: domain.readBlob(blob, 0, blob.length, signal) };
}

export function listCircuits(query: PageQuery, { domain }: MpcContext): Promise<Page<CircuitListing>> {
  const index = { index: circuitsByTime, partition: Buffer.alloc(0) };
  return readPage(query, index, async ({ projection }) => decodeListing(projection), domain);
}

function recordOf(row: CircuitRow): CircuitRecord {
  return {
    ...listingOf(row),
    inputs: row.inputs,
    outputs: row.outputs,
    source: row.source,
    interface: row.interface === undefined ? undefined : JSON.parse(row.interface),
  };
}
