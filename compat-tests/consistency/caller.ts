/** One caller: sends one request at a time and writes down when it did and what came of it. */
import { checkContent } from '../lib/content.ts';
import type { RawReply } from '../lib/raw-http.ts';
import { type S3Call, S3Caller, xmlTexts } from '../lib/s3-caller.ts';
import type { Body } from './bodies.ts';
import type { Action, Condition, ObjectCall, Outcome } from './history.ts';
import type { Server } from './server.ts';

/** What all callers of one history share. */
export interface Notebook {
  readonly history: ObjectCall[];
  /** What no history can excuse: unexpected answers, torn bodies. */
  readonly faults: string[];
  /** Seed of the body behind each etag that was ever sent. */
  readonly seeds: Map<string, number>;
  /** The etag last heard of under a key: makes conditions that have a chance. */
  readonly heard: Map<string, string>;
}

export class HistoryCaller {
  readonly #server: Server;
  readonly #notebook: Notebook;
  readonly #bucket: string;
  readonly #number: number;
  #caller: S3Caller;
  /** Of the process that the connection leads to. */
  #generation: number;

  constructor(server: Server, notebook: Notebook, bucket: string, number: number) {
    this.#server = server;
    this.#notebook = notebook;
    this.#bucket = bucket;
    this.#number = number;
    this.#caller = new S3Caller(server.target);
    this.#generation = server.generation;
  }

  async put(key: string, body: Body, condition?: Condition): Promise<void> {
    this.#notebook.seeds.set(body.etag, body.seed);
    const action: Action = { kind: 'put', etag: body.etag, ...conditioned(condition) };
    const call = { method: 'PUT', path: this.#path(key), body: body.bytes, headers: headersOf(condition) };
    await this.#write(key, action, call);
  }

  async remove(key: string, condition?: Condition): Promise<void> {
    const action: Action = { kind: 'delete', ...conditioned(condition) };
    await this.#write(key, action, {
      method: 'DELETE',
      path: this.#path(key),
      headers: headersOf(condition),
    });
  }

  /** @param source key of an object that nobody changes, with this body */
  async copyFrom(source: string, body: Body, key: string, condition?: Condition): Promise<void> {
    const action: Action = { kind: 'copy', etag: body.etag, ...conditioned(condition) };
    const headers = { ...headersOf(condition), 'x-amz-copy-source': `${this.#bucket}/${source}` };
    await this.#write(key, action, { method: 'PUT', path: this.#path(key), headers });
  }

  /** Begins an upload and sends its part unrecorded: only completing it shows. */
  async complete(key: string, body: Body, condition?: Condition): Promise<void> {
    const path = this.#path(key);
    await this.#ready();
    let call: S3Call;
    try {
      const begun = await this.#caller.ok({ method: 'POST', path, query: { uploads: '' } });
      const uploadId = xmlTexts(begun.body, 'UploadId')[0] as string;
      const query = { partNumber: '1', uploadId };
      await this.#caller.ok({ method: 'PUT', path, query, body: body.bytes });
      const part = `<Part><PartNumber>1</PartNumber><ETag>${body.etag}</ETag></Part>`;
      const document = Buffer.from(`<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`);
      call = { method: 'POST', path, query: { uploadId }, body: document, headers: headersOf(condition) };
    } catch (error) {
      if (!this.#wasKilled()) throw error;
      return;
    }
    this.#notebook.seeds.set(body.multipartEtag, body.seed);
    await this.#write(key, { kind: 'complete', etag: body.multipartEtag, ...conditioned(condition) }, call);
  }

  async get(key: string, condition?: Condition): Promise<void> {
    const action: Action = { kind: 'get', ...conditioned(condition) };
    const call = { method: 'GET', path: this.#path(key), headers: headersOf(condition) };
    await this.#record([key], action, call, (reply) => this.#seen(key, reply));
  }

  /** Reads a key by copying it to one that only this caller uses. */
  async copyTo(key: string, etag: string): Promise<void> {
    const action: Action = { kind: 'copy-source', condition: { ifMatch: etag } };
    const headers = {
      'x-amz-copy-source': `${this.#bucket}/${key}`,
      'x-amz-copy-source-if-match': `"${etag}"`,
    };
    const call = { method: 'PUT', path: this.#path(`private/${this.#number}`), headers };
    await this.#record([key], action, call, (reply) => {
      const answer = errorCode(reply);
      if (answer === undefined) return { is: 'seen', etag };
      return this.#refusal(answer, reply, key);
    });
  }

  /** Every key's place in a listing is a read of that key. @param keys all that may stand below the prefix */
  async list(prefix: string, keys: readonly string[]): Promise<void> {
    const query = { 'list-type': '2', prefix };
    const call = { method: 'GET', path: `/${this.#bucket}`, query };
    await this.#record(keys, { kind: 'list' }, call, (reply, key) => {
      if (reply.status !== 200) return this.#refusal(errorCode(reply), reply, key);
      for (const entry of xmlTexts(reply.body, 'Contents'))
        if (xmlTexts(entry, 'Key')[0] === key) return { is: 'seen', etag: bare(xmlTexts(entry, 'ETag')[0]) };
      return { is: 'absent' };
    });
  }

  close(): void {
    this.#caller.close();
  }

  #path(key: string): string {
    return `/${this.#bucket}/${key}`;
  }

  #write(key: string, action: Action, call: S3Call): Promise<void> {
    return this.#record([key], action, call, (reply) => {
      const answer = errorCode(reply);
      if (answer !== undefined) return this.#refusal(answer, reply, key);
      if (action.kind !== 'delete' && 'etag' in action) this.#heardOf(key, action.etag);
      return { is: 'done' };
    });
  }

  #seen(key: string, reply: RawReply): Outcome {
    if (reply.status !== 200) return this.#refusal(errorCode(reply), reply, key);
    const etag = bare(reply.headers.get('etag'));
    const checked = checkContent(reply.body);
    if ('fault' in checked) this.#notebook.faults.push(`torn: ${key} ${checked.fault}`);
    else if (this.#notebook.seeds.get(etag) !== checked.seed)
      this.#notebook.faults.push(`torn: ${key} shows ${etag} and the body of seed ${checked.seed}`);
    this.#heardOf(key, etag);
    return { is: 'seen', etag };
  }

  #heardOf(key: string, etag: string): void {
    this.#notebook.heard.set(key, etag);
  }

  #refusal(code: string | undefined, reply: RawReply, key: string): Outcome {
    if (code === 'NoSuchKey') return { is: 'absent' };
    if (reply.status === 412 || reply.status === 304) return { is: 'refused' };
    if (reply.status === 409) return { is: 'conflict' };
    if (reply.status !== 503)
      this.#notebook.faults.push(`${key} answered ${reply.status} ${reply.body.toString('utf8', 0, 300)}`);
    return { is: 'unknown' };
  }

  /** Sends the call; writes down one entry for each key. Calls without an answer end when the next process is up. */
  async #record(
    keys: readonly string[],
    action: Action,
    call: S3Call,
    read: (reply: RawReply, key: string) => Outcome,
  ): Promise<void> {
    await this.#ready();
    const invoked = performance.now();
    const note = (key: string, answered: number, outcome: Outcome) =>
      this.#notebook.history.push({ caller: this.#number, key, action, invoked, answered, outcome });
    let reply: RawReply;
    try {
      reply = await this.#caller.send(call);
    } catch (error) {
      const killed = this.#wasKilled();
      if (!killed) this.#notebook.faults.push(`a connection broke: ${String(error)}`);
      await this.#server.up();
      for (const key of keys)
        note(key, killed ? performance.now() : Number.POSITIVE_INFINITY, { is: 'unknown' });
      return;
    }
    const answered = performance.now();
    for (const key of keys) {
      const outcome = read(reply, key);
      note(
        key,
        outcome.is === 'unknown' && reply.status >= 500 ? Number.POSITIVE_INFINITY : answered,
        outcome,
      );
    }
  }

  #wasKilled(): boolean {
    return this.#server.generation !== this.#generation;
  }

  /** A connection to the process that runs now. */
  async #ready(): Promise<void> {
    await this.#server.up();
    if (!this.#wasKilled()) return;
    this.#caller.close();
    this.#caller = new S3Caller(this.#server.target);
    this.#generation = this.#server.generation;
  }
}

function conditioned(condition: Condition | undefined): { readonly condition?: Condition } {
  return condition === undefined ? {} : { condition };
}

function headersOf(condition: Condition | undefined): Record<string, string> {
  if (condition === undefined) return {};
  const [name, value] =
    'ifMatch' in condition ? ['if-match', condition.ifMatch] : ['if-none-match', condition.ifNoneMatch];
  return { [name]: value === '*' ? '*' : `"${value}"` };
}

/** Also of an error that a 200 carries. Undefined for a success. */
function errorCode(reply: RawReply): string | undefined {
  const code = reply.body.includes('<Error>') ? xmlTexts(reply.body, 'Code')[0] : undefined;
  return code ?? (reply.status >= 300 ? String(reply.status) : undefined);
}

function bare(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}
