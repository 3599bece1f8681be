"""Which app runs in a workspace, and whether its image is here yet."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_PATH = RegexValidator(r"^/(?!/)[\x21-\x7e]*$")
DATA_PATH = "/workspace"


class Kind(models.Model):
    """One kind of workspace. A row, so that a leader can add one: image, port, user and health path say how to run it.

    `image`: `spaces/<folder>` is built from `images/<folder>`; any other name is pulled. `port` 0: no web page, only a
    terminal. `memory_mb` in MiB, `cpus` in cores. `reports_use`: its page says by itself when a person uses it, so what
    its websockets carry says nothing of that.

    `scheme` and `path`: how its app is asked, and which page of it is opened; a certificate of its own is believed,
    since the way to it is its own network. `environment`: name → text, no secrets. `data_path`: where in the container
    the workspace's volume is. `frame`: what people get at the workspace's address. `view_port`: where a desktop shows
    itself to who may only look, 0 for nowhere. `picture_path`: what on `port` answers with a small picture of its
    screen, "" for nothing.
    """

    class Frame(models.TextChoices):
        """What is around the app in a browser."""

        NONE = "", _("nothing, the app has the whole window")
        DESKTOP = "desktop", _("our page of a streamed desktop")
        PAGE = "page", _("our bar, and the app’s own page below it")

    class Scheme(models.TextChoices):
        HTTP = "http", "http"
        HTTPS = "https", "https"

    slug = models.SlugField(_("name in addresses"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=80)
    description = models.CharField(_("description"), max_length=200, help_text=_("One sentence on the create page."))
    image = models.CharField(
        _("image"), max_length=200, help_text=_("spaces/<folder> is built here, others are pulled.")
    )
    port = models.PositiveIntegerField(
        _("port"), default=8080, validators=[MaxValueValidator(65535)], help_text=_("0 when it has no page of its own.")
    )
    user = models.CharField(
        _("user"), max_length=40, default="coder", validators=[RegexValidator(r"^[a-z0-9_][a-z0-9_-]*(:[a-z0-9_-]+)?$")]
    )
    health_path = models.CharField(
        _("health path"), max_length=200, default="/", help_text=_("Answers below 500 once the app is ready.")
    )
    scheme = models.CharField(_("asked by"), max_length=5, choices=Scheme.choices, default=Scheme.HTTP)
    path = models.CharField(
        _("page"), max_length=200, default="/", validators=[_PATH], help_text=_("The page of it that is opened.")
    )
    environment: models.JSONField[dict[str, str]] = models.JSONField(
        _("variables"),
        default=dict,
        blank=True,
        help_text=_("Names and texts, no secrets: everybody in it can read them."),
    )
    data_path = models.CharField(
        _("data folder"),
        max_length=200,
        default=DATA_PATH,
        validators=[RegexValidator(r"^(/[A-Za-z0-9._-]*[A-Za-z0-9_-]){1,8}$")],
        help_text=_("Where people’s files are in the container; /config in images of LinuxServer."),
    )
    frame = models.CharField(_("around it"), max_length=10, choices=Frame.choices, default=Frame.NONE, blank=True)
    view_port = models.PositiveIntegerField(
        _("port for looking"), default=0, validators=[MaxValueValidator(65535)], help_text=_("0 when there is none.")
    )
    picture_path = models.CharField(
        _("small picture"), max_length=200, blank=True, help_text=_("Answers with a JPEG or PNG of its screen.")
    )
    memory_mb = models.PositiveIntegerField(_("memory (MiB)"), default=2048, validators=[MinValueValidator(64)])
    cpus = models.FloatField(_("CPU cores"), default=2, validators=[MinValueValidator(0.1)])
    reports_use = models.BooleanField(
        _("reports its use"),
        default=False,
        help_text=_("Its page loads /_spaces/here.js, which tells when a person types or points."),
    )
    enabled = models.BooleanField(_("offered"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("kind")
        verbose_name_plural = _("kinds")
        ordering = ("position", "title")
        constraints = (
            models.CheckConstraint(condition=models.Q(port__lte=65535), name="kind_port_is_a_port"),
            models.CheckConstraint(condition=models.Q(memory_mb__gte=64, cpus__gt=0), name="kind_has_memory_and_cpu"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def has_app(self) -> bool:
        """Whether it shows a page of its own at the workspace's address."""
        return self.port > 0


class ImageBuild(models.Model):
    """How far an image is; `ref` is what kinds name. `percent` and `step` are for the page that waits for it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        BUILDING = "building", _("being built")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    ref = models.CharField(_("image"), max_length=200, unique=True)
    tag = models.CharField(_("tag"), max_length=250, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    percent = models.PositiveSmallIntegerField(_("percent"), default=0)
    step = models.CharField(_("step"), max_length=300, blank=True)
    error = models.TextField(_("reason"), blank=True)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")

    def __str__(self) -> str:
        return self.ref
