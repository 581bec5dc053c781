/** Entry of a custodian's process with protocols of a test. */
import {
  toyAuthority,
  toyEvidenceModule,
  toyHandlers,
} from '@hypergate/node/jobs/threshold/custodian/test/support';
import { runCustodianProcess } from '../run.ts';

runCustodianProcess(({ store }) => ({
  handlers: toyHandlers,
  authority: toyAuthority(store.control),
  evidence: toyEvidenceModule,
}));
