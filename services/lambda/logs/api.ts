/** Where functions' logs are kept. */
import type { LogLine } from '../executor/api.ts';

export interface LogPlace {
  readonly account: string;
  readonly region: string;
  readonly group: string;
  readonly stream: string;
}

export interface LogStore {
  /**
   * Makes group and stream if they are not there. Lines of one stream are kept in the order of calls; written behind the answer, in batches:
   * a crash may lose the last second of them, as on AWS.
   */
  append(place: LogPlace, lines: readonly LogLine[]): void;
  /** All that was appended is kept. */
  flush(): Promise<void>;
}
