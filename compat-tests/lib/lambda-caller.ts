/** One signed caller of Lambda over a raw connection: the load tools' client. */
import { SignedConnection, type SignedOptions } from './signed-connection.ts';

export interface LambdaAnswer {
  readonly status: number;
  /** `X-Amz-Function-Error`. */
  readonly functionError: string | undefined;
  readonly body: Buffer;
}

/** What the service answered when it refused. */
export class LambdaRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(`${code}: ${message}`);
    this.status = status;
    this.code = code;
  }
}

/** Not for concurrent calls. */
export class LambdaCaller {
  readonly #connection: SignedConnection;

  constructor(options: SignedOptions) {
    this.#connection = new SignedConnection(options, 'lambda');
  }

  /** @throws LambdaRefusal; what the system says of a broken connection */
  async invoke(
    name: string,
    payload: Buffer,
    type: 'RequestResponse' | 'Event' = 'RequestResponse',
  ): Promise<LambdaAnswer> {
    const reply = await this.#connection.send({
      method: 'POST',
      path: `/2015-03-31/functions/${name}/invocations`,
      headers: { 'content-type': 'application/json', 'x-amz-invocation-type': type },
      body: payload,
    });
    if (reply.status >= 300) {
      const code = reply.headers.get('x-amzn-errortype') ?? 'unknown';
      throw new LambdaRefusal(reply.status, code, reply.body.toString('utf8').slice(0, 300));
    }
    return {
      status: reply.status,
      functionError: reply.headers.get('x-amz-function-error'),
      body: reply.body,
    };
  }

  close(): void {
    this.#connection.close();
  }
}
