// The page on which a recipient stops invitations, as HTML: no script, nothing from elsewhere, readable in any width.
import { createHash } from 'node:crypto'
import { Eta } from 'eta'
import type { Words } from '../words/words.js'

interface Button {
  /** The value of the field `stop`. */
  value: 'inviter' | 'all' | 'none'
  label: string
}

export interface StopHtml {
  words: Words
  /** How things stand now. */
  state?: string
  /** The question above the buttons. */
  ask?: string
  buttons: Button[]
  note?: string
}

const style = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #4a5568; --paper: #f3f5f8; --card: #ffffff; --line: #cbd3df;
  --act: #1f56b3; --on-act: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf3; --soft: #b3bdcc; --paper: #12161d; --card: #1c222c; --line: #3a4556; --act: #8db8ff;
    --on-act: #0d1420; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Arabic",
    "Noto Sans CJK JP", sans-serif; }
main { max-width: 34rem; margin: clamp(1rem, 8vh, 6rem) auto; padding: clamp(1.25rem, 5vw, 2.5rem);
  background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; overflow-wrap: anywhere; }
@media (max-width: 36rem) { main { margin: 0; min-height: 100vh; border: 0; border-radius: 0; } }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1.25rem; }
.state { padding-inline-start: 0.875rem; border-inline-start: 0.25rem solid var(--act); font-weight: 600; }
.note { margin: 1.5rem 0 0; color: var(--soft); font-size: 0.9375rem; }
form { display: grid; gap: 0.75rem; }
form p { margin: 0; }
button { font: inherit; width: 100%; min-height: 3rem; padding: 0.625rem 1rem; text-align: start; cursor: pointer;
  color: var(--act); background: transparent; border: 1px solid var(--act); border-radius: 0.5rem;
  overflow-wrap: anywhere; }
button:first-of-type:not([value="none"]) { color: var(--on-act); background: var(--act); font-weight: 600; }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
`

/**
 * The page's Content-Security-Policy. The style is known by its hash, and the form goes back to the page's own address.
 * It leaves out helmet's upgrade-insecure-requests, which would send the form over HTTPS where there may be none.
 */
export const stopPolicy = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  `form-action 'self'`,
  `frame-ancestors 'none'`,
  `base-uri 'none'`
].join(';')

/** Without an action, a form goes to the address of its page: under whatever path a proxy serves it. */
const template = `<!doctype html>
<html lang="<%= it.words.locale %>" dir="<%= it.words.direction %>">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title><%= it.title %></title>
    <style><%~ it.style %></style>
  </head>
  <body>
    <main>
      <h1><%= it.title %></h1>
      <% if (it.state) { %><p class="state" role="status"><%= it.state %></p><% } %>
      <% if (it.buttons.length > 0) { %><form method="post">
        <% if (it.ask) { %><p id="ask"><%= it.ask %></p><% } %>
        <% for (const { value, label } of it.buttons) { %>
        <button name="stop" value="<%= value %>"<% if (it.ask) { %> aria-describedby="ask"<% } %>><%= label %></button>
        <% } %>
      </form><% } %>
      <% if (it.note) { %><p class="note"><%= it.note %></p><% } %>
    </main>
  </body>
</html>
`

const eta = new Eta({ autoTrim: false })
const render = eta.compile(template)

/** The page. Every text is escaped. */
export const stopHtml = (page: StopHtml): string =>
  eta.render(render, { ...page, title: page.words.say('stop.title'), style })
