export * from './aws/body.ts';
export * from './aws/definition.ts';
export * from './service.ts';
