/** Roles, passwords and permissions. */
export { Attempts } from './attempts.ts';
export { Authorizer, checkNeed, type Rights } from './authorizer.ts';
export { authenticatorClass, firstRole, Login, prepareFirstRole } from './login.ts';
export { checkHash, Passwords } from './passwords.ts';
export * from './resources.ts';
export type { Role, RoleChange } from './role-records.ts';
export { type DataCentres, Roles } from './roles.ts';
