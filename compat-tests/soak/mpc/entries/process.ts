/** A party in a process. */
import { circuitCommitment, levels } from '@hypergate/node/jobs/mpc';
import { runProcessParty } from '@hypergate/node/jobs/mpc/session';

runProcessParty({ levels, commit: circuitCommitment });
