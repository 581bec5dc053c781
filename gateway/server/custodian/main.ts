/** Entry of a custodian's process, behind entry.mjs. Nothing stands in its arguments or environment. */
import { compose } from './compose.ts';
import { runCustodianProcess } from './run.ts';

runCustodianProcess(compose);
