// esbuild puts the style sheets that a module imports into one file beside it.
declare module '*.css'
