// The page on which a recipient stops invitations, as HTML: no script, nothing from elsewhere, readable in any width.
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
  look: {
    /** The name of the service. */
    name: string
    /** The addresses of the files, relative to the page. */
    styles: string[]
    logo: string | null
  }
}

/**
 * The page's Content-Security-Policy. The form goes back to the page's own address. It leaves out helmet's upgrade-insecure-requests, which would send the form over HTTPS where there may be none.
 */
export const stopPolicy = [
  `default-src 'none'`,
  `style-src 'self'`,
  `img-src 'self' data:`,
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
    <link rel="icon" href="<%= it.look.logo ?? 'data:,' %>" />
    <% for (const style of it.look.styles) { %><link rel="stylesheet" href="<%= style %>" />
    <% } %>
  </head>
  <body>
    <header class="top"><p class="brand"><% if (it.look.logo) { %><img src="<%= it.look.logo %>" alt="" /><% } %>\
<%= it.look.name %></p></header>
    <main class="card">
      <h1><%= it.title %></h1>
      <% if (it.state) { %><p class="state" role="status"><%= it.state %></p><% } %>
      <% if (it.buttons.length > 0) { %><form method="post" class="choices">
        <% if (it.ask) { %><p id="ask"><%= it.ask %></p><% } %>
        <% for (const { value, label } of it.buttons) { %>
        <button class="button<% if (value !== 'none' && it.buttons[0].value === value) { %> primary<% } %>" name="stop" value="<%= value %>"<% if (it.ask) { %> aria-describedby="ask"<% } %>><%= label %></button>
        <% } %>
      </form><% } %>
      <% if (it.note) { %><p class="quiet"><%= it.note %></p><% } %>
    </main>
  </body>
</html>
`

const eta = new Eta({ autoTrim: false })
const render = eta.compile(template)

/** The page. Every text is escaped. */
export const stopHtml = (page: StopHtml): string => eta.render(render, { ...page, title: page.words.say('stop.title') })
