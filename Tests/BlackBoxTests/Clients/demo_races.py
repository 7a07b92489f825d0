"""What happens at the demo while a page waits for an answer. The answers are held back, so that it does happen."""

import time

# What is asked for at some paths comes, or is asked for, when the test lets go.
HOLD = """
{
  const real = window.fetch;
  let paths = [], before = false, end;
  const wait = () => { window.held += 1; return end };
  window.holdBack = (...held) => { [paths, before] = [held, false]; start() };
  window.holdUp = (...held) => { [paths, before] = [held, true]; start() };
  const start = () => { window.held = 0; end = new Promise((resolve) => { window.letGo = () => { paths = []; resolve() } }) };
  window.fetch = async (path, ...rest) => {
    if (window.failing === path) throw new TypeError("Failed to fetch");
    const isHeld = paths.includes(path);
    if (isHeld && before) await wait();
    const answer = await real(path, ...rest);
    if (isHeld && !before) await wait();
    return answer;
  };
}
"""
LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'));"
TELL_TABS = "new BroadcastChannel('sluice-demo').postMessage({user: 'someone'});"
# Who the page is for, each time that it shows notifications.
NOTE_INBOX = """
window.shown = [];
new MutationObserver(() => window.shown.push(document.querySelector("#user").value + ": " +
  [...document.querySelectorAll("#inbox q")].map((q) => q.textContent).join(" / ")))
  .observe(document.querySelector("#inbox"), {childList: true});
"""
COMMENTS = "return [...document.querySelectorAll('#inbox q')].map((q) => q.textContent).reverse()"
USER = "return document.querySelector('#user').value"


def on_wire(text):
    return f"return [...document.querySelectorAll('#wire li')].some((item) => item.textContent.includes('{text}'))"


def log_in(person, user):
    """As another tab does that is not heard of."""
    person.run("return fetch('/login', {method: 'POST', headers: {'Content-Type': 'application/json'},"
               " body: JSON.stringify({user: arguments[0]})}).then(() => true)", user)


def opening(person, bob):
    """What happens while a new tab reads what there was."""
    person.another_tab(prepare=HOLD + "holdBack('/inbox', '/posts');")
    person.until("return window.held === 2")
    bob.comment("while it opened", on="carol")
    person.until(on_wire("while it opened"))
    person.run("letGo()")
    person.until(COMMENTS.replace("return", "return 0 <") + ".length")
    return person.run(COMMENTS)


def reading(person, bob):
    """What happens while a tab reads everything anew."""
    person.run("holdBack('/inbox', '/posts');" + LOOK_AGAIN)
    person.until("return window.held === 2")
    bob.comment("while it read", on="carol")
    bob.run("document.querySelector('#compose-text').value = 'news'; document.querySelector('#compose button').click()")
    person.until(on_wire("while it read"))
    person.until(on_wire("news"))
    person.run("letGo()")
    time.sleep(0.3)
    return person.run(COMMENTS) + person.run(
        "return [...document.querySelectorAll('.post-text')].slice(0, 1).map((post) => post.textContent)")


def stranger(person):
    """Someone else signs in while a tab asks for its notifications."""
    person.run(NOTE_INBOX + "holdUp('/inbox');" + LOOK_AGAIN)
    person.until("return window.held === 1")
    log_in(person, "alice")
    person.run("letGo()")
    person.until(USER + " === 'alice'")
    person.until(COMMENTS + ".length > 0")
    return person.run("return window.shown")


def starts(person):
    """A tab asks twice who is signed in, and the first answer comes last."""
    person.run("holdBack('/me');" + TELL_TABS)
    person.until("return window.held === 1")
    log_in(person, "carol")
    person.run(TELL_TABS)
    time.sleep(0.3)
    person.run("letGo()")
    person.until_light("live")
    time.sleep(0.5)
    return person.run(USER)


def token(person):
    """A tab asks for a token after someone else has signed in."""
    log_in(person, "alice")
    person.press("#expire")
    person.until(USER + " === 'alice'")
    person.until_light("live")
    return person.run(USER)


def all_of(person, bob):
    """For someone whose tabs are carol's."""
    told = {"opening": opening(person, bob), "reading": reading(person, bob), "stranger": stranger(person)}
    person.until_each_tab(USER + " === 'alice'")
    person.use(len(person.tabs) - 1)
    return {**told, "starts": starts(person), "token": token(person)}
