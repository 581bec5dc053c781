/** The process of one custodian, as the gateway sees it: started, started again when it dies, stopped. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Member } from '@hypergate/node/jobs/threshold/custodian';
import { processLimits } from './limits.ts';
import type { CustodianStart, FromCustodian, ToCustodian } from './messages.ts';

export interface ProcessNews {
  /** Where it listens; undefined when it ended. @param why it ended, if it said so */
  readonly listening: (
    address: { readonly host: string; readonly port: number } | undefined,
    why?: string,
  ) => void;
  readonly report: (what: string, detail: string) => void;
}

export class SupervisedProcess {
  readonly #entry: string;
  readonly #start: CustodianStart;
  readonly #news: ProcessNews;
  readonly #member = Promise.withResolvers<Member>();
  #document: string | undefined;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #isStopping = false;
  #pause: number = processLimits.restartMsMin;
  #restart: NodeJS.Timeout | undefined;
  #lastFailure = 'its process ended';

  constructor(entry: URL, start: CustodianStart, news: ProcessNews) {
    this.#entry = fileURLToPath(entry);
    this.#start = start;
    this.#news = news;
    this.#member.promise.catch(() => undefined);
  }

  /** Who it says that it is. Rejects when its first process ends before it said so. */
  get member(): Promise<Member> {
    return this.#member.promise;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @param document committee, if there is one already */
  start(document: string | undefined): void {
    this.#document = document;
    this.#fork();
  }

  setCommittee(document: string): void {
    this.#document = document;
    this.#send({ type: 'committee', document });
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined) return;
    this.#send({ type: 'stop' });
    const timer = setTimeout(() => child.kill('SIGKILL'), processLimits.stopMs);
    await this.#ended;
    clearTimeout(timer);
  }

  #fork(): void {
    const startedAt = performance.now();
    const child = fork(this.#entry, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
      env: {},
      execArgv: [],
    });
    this.#child = child;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    const ended = (): void => {
      if (this.#child !== child) return;
      this.#child = undefined;
      resolve();
      this.#afterEnd(performance.now() - startedAt);
    };
    child.on('message', (message) => this.#take(message as FromCustodian));
    child.on('exit', ended);
    child.on('error', (error) => {
      this.#lastFailure = error.message;
      // It never began.
      if (child.pid === undefined) ended();
    });
    const create = this.#start.create && this.#document === undefined;
    this.#send({ type: 'start', start: { ...this.#start, create } });
    if (this.#document !== undefined) this.#send({ type: 'committee', document: this.#document });
  }

  #send(message: ToCustodian): void {
    // An end that came first is seen by itself.
    if (this.#child?.connected) this.#child.send(message, () => undefined);
  }

  #take(message: FromCustodian): void {
    switch (message.type) {
      case 'member': {
        const { key, sealingKey } = message;
        this.#member.resolve({ index: this.#start.index, key, sealingKey });
        return;
      }
      case 'listening':
        this.#news.listening(message);
        return;
      case 'report':
        this.#news.report(message.what, message.detail);
        return;
      case 'failed':
        this.#lastFailure = message.message;
    }
  }

  #afterEnd(livedMs: number): void {
    this.#member.reject(new Error(this.#lastFailure));
    this.#news.listening(undefined, this.#lastFailure);
    if (this.#isStopping) return;
    this.#news.report('its process ended and is started again', this.#lastFailure);
    if (livedMs >= processLimits.steadyMs) this.#pause = processLimits.restartMsMin;
    this.#restart = setTimeout(() => this.#fork(), this.#pause);
    this.#pause = Math.min(2 * this.#pause, processLimits.restartMsMax);
    this.#lastFailure = 'its process ended';
  }
}
