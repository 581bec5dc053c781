/** One signed KMS caller over a raw connection: the load tools' client. Bodies are JSON, as AWS JSON 1.1 has them. */
import { SignedConnection, type SignedOptions } from './signed-connection.ts';

export type KmsInput = Readonly<Record<string, unknown>>;
export type KmsOutput = Readonly<Record<string, unknown>>;

/** What the service answered when it refused, or 0 and what happened to the connection. */
export class KmsRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(operation: string, status: number, code: string, message: string) {
    super(`${operation}: ${code}: ${message}`);
    this.status = status;
    this.code = code;
  }
}

/** Not for concurrent calls. Byte strings go and come as base64. */
export class KmsCaller {
  readonly #connection: SignedConnection;

  constructor(options: SignedOptions) {
    this.#connection = new SignedConnection(options, 'kms');
  }

  /** @throws KmsRefusal; what the system says of a broken connection */
  async call(operation: string, input: KmsInput): Promise<KmsOutput> {
    const reply = await this.#connection.send({
      method: 'POST',
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${operation}`,
      },
      body: Buffer.from(JSON.stringify(input)),
    });
    const answer = reply.body.length === 0 ? {} : (JSON.parse(reply.body.toString('utf8')) as KmsOutput);
    if (reply.status === 200) return answer;
    const code = String(answer.__type ?? 'unknown').replace(/^.*#/, '');
    throw new KmsRefusal(operation, reply.status, code, String(answer.message ?? answer.Message ?? ''));
  }

  close(): void {
    this.#connection.close();
  }
}
