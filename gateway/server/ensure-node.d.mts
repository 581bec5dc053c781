export declare const nodeMajorMin: number;
export declare function isSupported(version: string): boolean;
export declare function underSupportedNode(entryUrl: string, start: () => Promise<unknown>): Promise<void>;
