/** Functions and queues that keep what they are sent: an event once, however often it comes. */
import type { EventTargets, TargetEvent } from '@hypergate/kit';

export interface Delivery {
  readonly target: string;
  readonly event: TargetEvent;
  // biome-ignore lint/suspicious/noExplicitAny: a message as its receiver reads it
  readonly message: any;
}

export const queue = 'arn:aws:sqs:us-east-1:000000000000:queue';
export const otherQueue = 'arn:aws:sqs:us-east-1:000000000000:other';
export const lambda = 'arn:aws:lambda:us-east-1:000000000000:function:f';

export class RecordingTargets implements EventTargets {
  readonly deliveries: Delivery[] = [];
  /** Ids as often as they came and were taken. */
  readonly taken: string[] = [];
  /** What was asked at configuration. */
  readonly asked: unknown[] = [];
  readonly verdicts = new Map<string, 'absent' | 'forbidden'>();
  readonly gone = new Set<string>();
  attempts = 0;
  /** Called before an event is taken; throws to have it sent again. */
  before: (target: string, event: TargetEvent) => Promise<void> | void = () => undefined;
  readonly #ids = new Set<string>();

  async check(
    target: string,
    from: Omit<TargetEvent, 'id' | 'traceId' | 'body'>,
  ): Promise<'ok' | 'absent' | 'forbidden'> {
    this.asked.push({ target, ...from });
    return this.verdicts.get(target) ?? 'ok';
  }

  async deliver(target: string, event: TargetEvent): Promise<'delivered' | 'gone'> {
    this.attempts += 1;
    await this.before(target, event);
    if (this.gone.has(target)) return 'gone';
    this.taken.push(event.id);
    if (this.#ids.has(event.id)) return 'delivered';
    this.#ids.add(event.id);
    const message: unknown = JSON.parse(Buffer.from(event.body).toString());
    this.deliveries.push({ target, event, message });
    return 'delivered';
  }

  /** Records of all events in the order in which they came, without messages that have none. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  get records(): any[] {
    return this.deliveries.flatMap(({ message }) => message.Records ?? []);
  }

  /** `name key` of each. */
  get told(): string[] {
    return this.records.map(({ eventName, s3 }) => `${eventName} ${s3.object.key}`);
  }
}
