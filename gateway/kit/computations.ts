/**
 * What a service offers that keeps circuits and records of multi-party computations, in the words of the admin API: texts,
 * numbers, and bytes in lower-case hex digits. Commitments and keys have their type tags.
 */

export interface CircuitInputInfo {
  readonly party: string;
  readonly name: string;
  readonly bits: number;
}

export interface CircuitOutputInfo {
  readonly name: string;
  /** Parties that learn it. */
  readonly to: readonly string[];
  readonly bits: number;
}

export interface CircuitListing {
  /** Of its canonical encoding: 66 digits. */
  readonly commitment: string;
  /** Given by who uploaded it first. */
  readonly name?: string | undefined;
  readonly parties: readonly string[];
  readonly ands: number;
  readonly gates: number;
  /** Depth in AND gates. */
  readonly layers: number;
  /** Length of the encoding, when it is kept here. */
  readonly encodingBytes?: number | undefined;
  readonly createdMs: number;
}

export interface CircuitRecord extends CircuitListing {
  readonly inputs: readonly CircuitInputInfo[];
  readonly outputs: readonly CircuitOutputInfo[];
  /** It was compiled from this text here. */
  readonly source?: string | undefined;
  /** Types of its inputs and outputs in the source's language. */
  readonly interface?: Readonly<Record<string, unknown>> | undefined;
}

export interface CircuitUpload {
  readonly name?: string | undefined;
  /** The encoding can be asked for later. Otherwise it is looked at and forgotten. */
  readonly keep: boolean;
}

export interface SourceUpload extends Pick<CircuitUpload, 'name'> {
  /**
   * Refused with 409 when the record has another source, by whose types inputs and outputs of this circuit would be other values: integers
   * with signs for ones without, for instance.
   */
  readonly sameTypes?: boolean | undefined;
}

export interface StoredCircuit {
  readonly circuit: CircuitRecord;
  /** False: it was here. */
  readonly created: boolean;
}

export interface CompiledCircuit extends StoredCircuit {
  readonly warnings: readonly string[];
}

export interface ComputationPartyInfo {
  readonly name: string;
  /** Ed25519, 66 digits. */
  readonly key: string;
}

/** A statement and its signatures, as parties write them into a file. */
export interface ComputationFile {
  readonly statement: {
    readonly version: 1;
    /** Its commitment. */
    readonly circuit: string;
    readonly level: 'semi-honest' | 'malicious' | 'three-party' | 'one-bit-leakage';
    /** In the order of their roles. */
    readonly parties: readonly ComputationPartyInfo[];
    readonly sessionId: string;
    readonly run: number;
    readonly transcriptHash: string;
  };
  /** By name of the party, 130 digits each. */
  readonly signatures: Readonly<Record<string, string>>;
}

export interface ComputationRecord extends ComputationFile {
  /** Hash of the statement, 64 digits. */
  readonly id: string;
  /** All parties signed at its end. */
  readonly outcome: 'completed';
  /** As who recorded it said. */
  readonly endedMs: number;
  readonly recordedMs: number;
}

export interface RecordedComputation {
  readonly computation: ComputationRecord;
  /** False: it was here. */
  readonly created: boolean;
}

/** The gateway is to take part in a computation of a circuit that it keeps. */
export interface PartyTask {
  /** Commitment. */
  readonly circuit: string;
  /** Parties and level, as all parties have them: the document of a session. */
  readonly session: unknown;
  /** Which of the parties the gateway is. */
  readonly as: string;
  /** By name. Never stored. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Until the others have to be there, and until it has to be over. */
  readonly meetMs: number;
  readonly totalMs: number;
}

export interface PartyAnswer {
  /** What the gateway learned, by name. Never stored. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** What all parties signed. */
  readonly computation: ComputationFile;
  /** False: it could not be recorded, for want of space for instance, and should be kept and recorded later. */
  readonly recorded: boolean;
}

/** The gateway is to play all parties of a computation, each in a process of its own with a key that is forgotten afterwards. */
export interface AllPartiesTask {
  /** Commitment. */
  readonly circuit: string;
  readonly level: ComputationFile['statement']['level'];
  /** Inputs are keys: levels that may give them away are refused. */
  readonly keys: boolean;
  /** By party, by name. Never stored. */
  readonly inputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Until it has to be over. */
  readonly totalMs: number;
}

export interface AllPartiesAnswer extends Pick<PartyAnswer, 'computation' | 'recorded'> {
  /** What each party learned, by name. Never stored. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** How a computation ended without a result, as this side saw it. */
export interface ComputationEnd {
  readonly reason:
    | 'malformed'
    | 'cheating'
    | 'peer-aborted'
    | 'disconnected'
    | 'timeout'
    | 'cancelled'
    | 'disagreement'
    | 'refused'
    | 'internal'
    /** The address of the party is not one of this machine, or it is taken. */
    | 'cannot-listen';
  /** Whose message, silence or wish ended it, where that is known. */
  readonly party?: string | undefined;
}

export interface PageQuery {
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly before?: string | undefined;
}

/** Newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent at the end. */
  readonly next?: string | undefined;
}

/** Bytes of a known length. */
export interface SizedBytes {
  readonly length: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Each throws `ComputationRefused`. */
export interface Computations {
  /** Twice the same is once: what the first upload left out (name, source, encoding) is added. */
  putCircuit(encoding: Uint8Array, upload: CircuitUpload): Promise<StoredCircuit>;
  /** Compiles on the node, and keeps source, interface and encoding. */
  compileCircuit(source: string, upload: SourceUpload): Promise<CompiledCircuit>;
  circuit(commitment: string): Promise<CircuitRecord | undefined>;
  /** Undefined also when it was not kept. */
  encoding(commitment: string, signal?: AbortSignal): Promise<SizedBytes | undefined>;
  circuits(page: PageQuery): Promise<Page<CircuitListing>>;
  /** By which key others know the gateway: tagged Ed25519, 66 digits. */
  partyKey(): Promise<string>;
  /** Records what was computed; what was learned is answered in any case. Refused with 409 when nothing was: who ended it and why. */
  takePart(task: PartyTask): Promise<PartyAnswer>;
  /** A demonstration: the gateway sees the inputs of all. Recorded and refused as `takePart`. */
  playAll(task: AllPartiesTask): Promise<AllPartiesAnswer>;
  /** All parties must have signed. Twice the same is once. */
  record(computation: unknown, endedMs: number | undefined): Promise<RecordedComputation>;
  computation(id: string): Promise<ComputationRecord | undefined>;
  /** Of one circuit. */
  computations(circuit: string, page: PageQuery): Promise<Page<ComputationRecord>>;
}

/** Why it cannot be done, in one sentence. `status` is that of HTTP. */
export class ComputationRefused extends Error {
  readonly status: 400 | 404 | 409 | 413 | 503;
  /** Of a computation that began. */
  readonly ended: ComputationEnd | undefined;
  constructor(
    status: 400 | 404 | 409 | 413 | 503,
    message: string,
    options: ErrorOptions & { readonly ended?: ComputationEnd } = {},
  ) {
    super(message, options);
    this.name = 'ComputationRefused';
    this.status = status;
    this.ended = options.ended;
  }
}
