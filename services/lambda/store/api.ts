/** Functions as calls see them: found by what a caller wrote. */
import type { ResourceRef } from '@hypergate/kit';
import type { FunctionRow, VersionRow } from '../model/function-rows.ts';
import type { Scope } from '../model/tables.ts';

/** A version that a call is for. */
export interface ResolvedFunction {
  readonly function: FunctionRow;
  readonly version: VersionRow;
  /** As the caller named it: with the qualifier if there was one. */
  readonly invokedArn: string;
  /** What the caller wrote behind the name: a version, an alias, `$LATEST`; undefined: nothing. */
  readonly qualifier: string | undefined;
}

export interface Functions {
  /**
   * One of the versions that an alias routes to, by its weights.
   * @param name a name, an ARN or a partial ARN, with or without a qualifier
   * @throws AwsError ResourceNotFoundException, ValidationException, InvalidParameterValueException
   */
  resolve(name: string, qualifier: string | undefined, scope: Scope): Promise<ResolvedFunction>;
  /** For authorisation: the ARN, who owns it, and its policy for this qualifier. Never fails: what is not there has no policy. */
  access(name: string, qualifier: string | undefined, scope: Scope): Promise<ResourceRef>;
}
