/// <reference types="vite/client" />
/** True only under `vite --mode mock`. */
declare const __MOCK__: boolean;
declare module "*.css";
