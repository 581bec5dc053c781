/** DEBUG PROTOCOL: one answer of each kind of the protocol, for tests of clients. */
import { RedisError } from '../engine/errors.ts';
import type { ReplySink } from '../model/reply.ts';

const kinds: Readonly<Record<string, (reply: ReplySink) => void>> = {
  string: (reply) => reply.bulk('Hello World'),
  integer: (reply) => reply.integer(12345),
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: it is what Redis answers, not pi
  double: (reply) => reply.double(3.141),
  bignum: (reply) => reply.bigNumber('1234567999999999999999999999999999999'),
  null: (reply) => reply.null(),
  array(reply) {
    reply.array(3);
    for (let i = 0; i < 3; i++) reply.integer(i);
  },
  set(reply) {
    reply.set(3);
    for (let i = 0; i < 3; i++) reply.integer(i);
  },
  map(reply) {
    reply.map(3);
    for (let i = 0; i < 3; i++) {
      reply.integer(i);
      reply.boolean(i === 1);
    }
  },
  attrib(reply) {
    if (reply.resp === 3 && reply.attribute !== undefined) {
      reply.attribute(1);
      reply.bulk('key-popularity');
      reply.array(2);
      reply.bulk('key:123');
      reply.integer(90);
    }
    reply.bulk('Some real reply following the attribute');
  },
  push(reply) {
    if (reply.resp === 2) throw new RedisError('ERR RESP2 is not supported by this command');
    reply.push(2);
    reply.bulk('server-cpu-usage');
    reply.integer(42);
    reply.bulk('Some real reply following the push reply');
  },
  true: (reply) => reply.boolean(true),
  false: (reply) => reply.boolean(false),
  verbatim: (reply) => reply.verbatim('txt', 'This is a verbatim\nstring'),
};

/** @throws RedisError there is no such kind */
export function debugProtocol(reply: ReplySink, kind: string): void {
  const name = kind.toLowerCase();
  if (!Object.hasOwn(kinds, name)) {
    throw new RedisError(
      'ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
    );
  }
  kinds[name]!(reply);
}
