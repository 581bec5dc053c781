/** A party in a thread. */
import { circuitCommitment, levels } from '@hypergate/node/jobs/mpc';
import { runWorkerParty } from '@hypergate/node/jobs/mpc/session';

runWorkerParty({ levels, commit: circuitCommitment });
