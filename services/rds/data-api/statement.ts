/**
 * One statement on a connection: parse, bind, describe, execute, sync in one go. Values stay text; what exceeds the size of an
 * answer ends the connection, as there is no other way to stop rows that are on their way.
 */
import type { Connection } from 'pg';
import { badRequest, dataError } from './errors.ts';
import { dataLimits } from './limits.ts';
import type { BoundValues } from './parameters.ts';

export interface Column {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

export interface StatementResult {
  /** None for a statement that gives no rows. */
  readonly columns: readonly Column[] | undefined;
  readonly rows: readonly (readonly (string | null)[])[];
  /** `INSERT 0 1` */
  readonly tag: string;
}

/** What pg does not describe of its connection. */
interface Wire {
  parse(message: { text: string; types: readonly number[] }): void;
  bind(message: { values: readonly unknown[] }): void;
  describe(message: { type: 'P' }): void;
  execute(message: object): void;
  sync(): void;
  sendCopyFail(reason: string): void;
  readonly stream: { destroy(): void };
}

/** Implements what the package pg asks of a query of one's own. */
export class Statement {
  readonly done: Promise<StatementResult>;
  readonly #breakOff: () => void;
  readonly #text: string;
  readonly #bound: BoundValues;
  readonly #resolve: (result: StatementResult) => void;
  readonly #reject: (error: unknown) => void;
  #columns: readonly Column[] | undefined;
  readonly #rows: (string | null)[][] = [];
  #bytes = 0;
  #tag = '';

  constructor(text: string, bound: BoundValues, breakOff: () => void) {
    this.#breakOff = breakOff;
    this.#text = text;
    this.#bound = bound;
    const { promise, resolve, reject } = Promise.withResolvers<StatementResult>();
    this.done = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    // Who waits for it may have been answered otherwise by then.
    promise.catch(() => undefined);
  }

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    wire.parse({ text: this.#text, types: this.#bound.types });
    wire.bind({ values: this.#bound.values });
    wire.describe({ type: 'P' });
    wire.execute({});
    wire.sync();
  }

  handleRowDescription({ fields }: { readonly fields: readonly Column[] }): void {
    this.#columns = fields;
  }

  handleDataRow({ fields }: { readonly fields: (string | null)[] }): void {
    for (const field of fields) this.#bytes += field === null ? 1 : Buffer.byteLength(field);
    if (this.#bytes <= dataLimits.resultBytesMax) this.#rows.push(fields);
    else this.#refuse(badRequest('Database returned more than the allowed response size limit'));
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#tag = text;
  }

  handleEmptyQuery(): void {
    this.#tag = '';
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: Connection): void {
    const wire = connection as unknown as Wire;
    wire.sendCopyFail('COPY is not for the Data API');
    // The first one was part of the copy.
    wire.sync();
  }

  handleCopyData(): void {
    this.#refuse(dataError('UnsupportedResultException', 'COPY is not for the Data API.'));
  }

  #refuse(error: unknown): void {
    this.#reject(error);
    this.#breakOff();
  }

  handleError(error: unknown): void {
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    this.#resolve({ columns: this.#columns, rows: this.#rows, tag: this.#tag });
  }
}
