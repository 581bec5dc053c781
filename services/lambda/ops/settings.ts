/** Operations on what is configured beside the code of functions. */
import { codeSigningOperations } from './code-signing.ts';
import { concurrencyOperations } from './concurrency.ts';
import { eventInvokeOperations } from './event-invoke.ts';
import { functionCodeSigningOperations } from './function-code-signing.ts';
import { managementOperations } from './management.ts';
import { mappingOperations } from './mappings.ts';
import type { LambdaOperation } from './operation.ts';
import { permissionOperations } from './permissions.ts';
import { provisionedOperations } from './provisioned-concurrency.ts';
import { refusedOperations } from './refused.ts';
import { tagOperations } from './tags.ts';
import { urlOperations } from './urls.ts';

export const settingOperations: readonly LambdaOperation[] = [
  ...permissionOperations,
  ...urlOperations,
  ...concurrencyOperations,
  ...provisionedOperations,
  ...eventInvokeOperations,
  ...mappingOperations,
  ...codeSigningOperations,
  ...functionCodeSigningOperations,
  ...tagOperations,
  ...managementOperations,
  ...refusedOperations,
];
