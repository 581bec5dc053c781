/** What the parts of a connection have in common: a way to the client. */
import type { FrameWriter } from '../wire/index.ts';
import type { ConnectionHost } from './connection-host.ts';

export interface Line {
  readonly host: ConnectionHost;
  readonly out: FrameWriter;
  /** Of the client. */
  readonly address: string;
  /** Nothing more is read or answered. */
  readonly isEnding: boolean;
  push(answer: Buffer): void;
  /** Last words, if any, then the end. */
  end(lastWords?: Buffer): void;
  /** Something that others waited for is done. */
  goOn(): void;
}
