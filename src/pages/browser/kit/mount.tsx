// Puts a page into its place in the HTML.
import { render, type ComponentChildren } from 'preact'
import { Footer, Header } from './frame.js'

/** `content` is what stands between the header and the footer. */
export function mount(content: ComponentChildren): void {
  const app = document.getElementById('app')
  if (!app) return
  // What the server put there for a browser without JavaScript.
  app.textContent = ''
  render(
    <>
      <Header />
      {content}
      <Footer />
    </>,
    app
  )
}
