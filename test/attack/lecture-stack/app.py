"""Flask with Flask-Login and Flask-WTF, put together as their own documentation does it.

In: a port of this machine and, as `rows`, the wish for sessions on the server. Out: a site with a login, a note that is
kept in the session, and a form that is protected against forgery. Nothing here is made weak on purpose: what succeeds
against it succeeds against the stack.
"""
import secrets
import sys
import threading

from flask import Flask, request, session
from flask.sessions import SessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf

MOST_SECONDS = 30


class Row(dict, SessionMixin):
    """A session that is kept on the server, under an id."""

    sid = ""


class Rows(SessionInterface):
    """Sessions on the server, by the two methods that Flask asks for: an id in the cookie, a dict under it."""

    def __init__(self):
        self.rows = {}

    def open_session(self, app, request):
        sid = request.cookies.get(app.config["SESSION_COOKIE_NAME"])
        if sid not in self.rows:
            sid = secrets.token_urlsafe(32)
            self.rows[sid] = Row()
            self.rows[sid].sid = sid
        return self.rows[sid]

    def save_session(self, app, session, response):
        response.set_cookie(app.config["SESSION_COOKIE_NAME"], session.sid, httponly=True, samesite="Lax")


class User(UserMixin):
    def __init__(self, user_id):
        self.id = user_id


app = Flask(__name__)
app.config["SECRET_KEY"] = secrets.token_hex(32)
if "rows" in sys.argv[2:]:
    app.session_interface = Rows()
csrf = CSRFProtect(app)
login_manager = LoginManager(app)
arrived, opened = threading.Event(), threading.Event()


@login_manager.user_loader
def load_user(user_id):
    return User(user_id)


@app.get("/form")
def form():
    return generate_csrf()


@app.post("/login")
def login():
    login_user(User(request.form["user"]), remember="remember" in request.form)
    return "in"


@app.post("/logout")
@login_required
def logout():
    logout_user()
    return "out"


@app.get("/me")
@login_required
def me():
    return current_user.id


@app.get("/note")
def read_note():
    return session.get("note", "")


@app.post("/note")
def write_note():
    session["note"] = request.form["note"]
    return "kept"


@app.post("/slow-note")
@login_required
def slow_note():
    arrived.set()
    opened.wait(MOST_SECONDS)
    session["note"] = request.form["note"]
    return "kept"


@app.get("/arrived")
def wait_for_arrival():
    arrived.wait(MOST_SECONDS)
    return "arrived"


@app.get("/open")
def open_gate():
    opened.set()
    return "open"


app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
