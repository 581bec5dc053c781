export { type LoadedSettings, loadSettings } from './config/load.ts';
export { ConfigError, StartError } from './errors.ts';
export { type Gateway, type GatewayModules, type GatewayOptions, startGateway } from './main.ts';
