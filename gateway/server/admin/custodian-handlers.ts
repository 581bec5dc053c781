/** Handlers of what an operator sees of the custodians of keys, and asks of them. */
import type { CustodyOperator } from '../boot/custody-operator.ts';
import type { Handlers } from './handlers.ts';

const off = {
  status: 503,
  body: { error: 'there are no custodians: KMS is off (HYPERGATE_SERVICES, HYPERGATE_CUSTODIANS)' },
} as const;

/** @param open undefined while KMS is off */
export function custodianHandlers(
  open: () => CustodyOperator | undefined,
): Pick<Handlers, 'getCustodians' | 'refreshKeys' | 'acceptCustodian'> {
  return {
    async getCustodians() {
      const operator = open();
      return operator === undefined ? off : { status: 200, body: await operator.status() };
    },
    async refreshKeys() {
      const operator = open();
      return operator === undefined ? off : { status: 200, body: await operator.refresh() };
    },
    async acceptCustodian({ params: { index } }) {
      const operator = open();
      if (operator === undefined) return off;
      const body = await operator.accept(Number(index));
      if (body !== undefined) return { status: 200, body };
      return { status: 404, body: { error: `no custodian ${index} is accused` } };
    },
  };
}
