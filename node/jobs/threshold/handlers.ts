/** All that a custodian answers for protocols: one list, so that a scheme cannot be served by the coordinator and unknown to custodians. */
import { handlers as agreement } from './agreement/index.ts';
import { handlers as dkg } from './dkg/index.ts';
import { handlers as dprf } from './dprf/index.ts';
import { handlers as ecdsa } from './ecdsa/index.ts';
import { handlers as frost } from './frost/index.ts';
import { macHandlers } from './mac/index.ts';
import type { Handler } from './party.ts';
import { handlers as prss } from './prss/index.ts';
import { handlers as reshare } from './reshare/index.ts';
import { rsaHandlers } from './rsa/index.ts';
import { upkeepHandlers } from './upkeep/handlers.ts';

export const protocolHandlers: readonly Handler[] = [
  ...dkg,
  ...reshare,
  ...dprf,
  ...agreement,
  ...frost,
  ...prss,
  ...ecdsa,
  ...rsaHandlers,
  ...macHandlers,
  ...upkeepHandlers,
];
