/** Questions to the gateway's process that wait for their answer. */
import type { FromProxy, Question } from './channel.ts';

/** The gateway said no, in one sentence that the client may see. */
export class Refused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refused';
  }
}

export class Questions {
  private readonly send: (message: FromProxy) => void;
  private readonly waiting = new Map<number, PromiseWithResolvers<unknown>>();
  private next = 1;

  constructor(send: (message: FromProxy) => void) {
    this.send = send;
  }

  /** @throws Refused */
  ask(question: Question): Promise<unknown> {
    const number = this.next++;
    const answer = Promise.withResolvers<unknown>();
    this.waiting.set(number, answer);
    this.send({ kind: 'question', number, question });
    return answer.promise;
  }

  answered(number: number, value: unknown): void {
    this.take(number)?.resolve(value);
  }

  refused(number: number, reason: string): void {
    this.take(number)?.reject(new Refused(reason));
  }

  private take(number: number): PromiseWithResolvers<unknown> | undefined {
    const answer = this.waiting.get(number);
    this.waiting.delete(number);
    return answer;
  }
}
